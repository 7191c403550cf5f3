"""What `aaq benchmark` prints is measured on the same messages, and is about the same answers."""

from pathlib import Path

from model.release import Release, load_pipelines
from model.text import normalise
from training.benchmark.speed import measure_speed

TEXTS = ["the light is still grey", "learn: command not found", "", "how do i sort an array by two keys?"]


def test_speed_is_compared_on_equal_answers(release: Release, releases: Path) -> None:
    pipeline = load_pipelines(releases / release.id)["labels"]
    speed = measure_speed(release, pipeline, [normalise(text).text for text in TEXTS])
    assert speed.n == len(speed.ours) == len(speed.theirs) == len(TEXTS)
    assert speed.difference < 1e-6
    assert (speed.ours > 0).all()
