"""Ninety plausible days for the manager's page: messages of the corpus, waited for, decided, now and then overruled."""

import csv
import random
from pathlib import Path
from typing import Any

from demo import ShiftedClock

from serve.store.people import find_user
from serve.store.records import Student
from serve.triage import Submission

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
_MINUTES = 24 * 60
_ORDINARY = 0.7  # of the traffic, as in data/traffic.toml
_OVERRULED = 0.05


def write_quarter(app: Any, clock: ShiftedClock, n_messages: int = 600, seed: int = 7) -> None:
    """Everything is decided, two distress cases excepted: one that nobody has, one that somebody has taken."""
    chosen = random.Random(seed)  # noqa: S311  a story, not a secret
    with app.state.database.read() as connection:
        coach = find_user(connection, "coach")
    assert coach is not None
    rows = [row for path in sorted(CORPUS.glob("*.csv")) for row in csv.DictReader(path.open(encoding="utf-8"))]
    ordinary = [row for row in rows if row["label"] == "coaching"]
    others = [row for row in rows if row["label"] != "coaching"]
    for _ in range(n_messages):
        row = chosen.choice(ordinary if chosen.random() < _ORDINARY else others)
        received = chosen.uniform(0.1, 89.9) * _MINUTES
        clock.minutes = received
        student = Student(f"q{chosen.randrange(80)}", None, None, chosen.choice(["paid", "free"]))
        message = app.state.triage.receive(Submission(row["text"], student=student), "quarter", None).message
        clock.minutes = max(0.0, received - min(240.0, chosen.lognormvariate(1.9, 0.9)))
        overruled = chosen.random() < _OVERRULED and row["label"] != "distress"
        label = chosen.choice(["coaching", "struggling", "ui", "lights"]) if overruled else row["label"]
        app.state.reviewing.correct(message.id, label, coach.id)
        if message.escalation or label == "distress":
            app.state.reviewing.acknowledge(message.id, coach.id, None)
    for minutes, text, taken in (
        (11, "i cant see the point of going on with this, everyone else gets it and i don't", False),
        (52, "honestly thinking of dropping out, i feel stupid every single day", True),
    ):
        clock.minutes = minutes
        student = Student(f"open{minutes}", "Sam O." if taken else "Maya R.", None, "paid")
        submission = Submission(text, lesson="Sinatra: Playlister", student=student)
        message = app.state.triage.receive(submission, "quarter", None).message
        clock.minutes = minutes - 6
        if taken:
            app.state.reviewing.acknowledge(message.id, coach.id, None)
    clock.minutes = 0
