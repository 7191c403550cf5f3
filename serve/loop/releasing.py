"""Which release answers, decided from a page: the same gate, journal and pointer as the shell (model/promotion.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from model.journal import Entry, Step, lived, read_journal
from model.live import live_id, shadow_id
from model.promotion import GATE, PromotionRefused, promote, read_gate, roll_back, shadow
from model.release import ReleaseCorrupt, ReleaseMissing, read_manifest
from serve.clock import Clock
from serve.store.database import Database
from serve.store.promotions import Request, end_request, put_request, request_of
from serve.store.records import User

_log = structlog.get_logger()
_MOST = 6  # candidates that are shown


@dataclass(frozen=True, slots=True)
class Candidate:
    """A release that might answer. gate: its report, None when it was never judged · problem: why it cannot be used.

    stale: the release it was compared with, when that one answers no more · asked: who asked for it, while a second
    person has not agreed.
    """

    id: str
    n_messages: int
    n_history: int
    gate: Mapping[str, Any] | None
    problem: str | None
    stale: str | None
    in_shadow: bool
    asked: Request | None

    @property
    def may_answer(self) -> bool:
        """Whether the gate lets it through, as things are."""
        return bool(self.gate and self.gate["passed"] and not self.stale and not self.problem)


@dataclass(frozen=True, slots=True)
class Overview:
    """live: None when no release answers · since: the entry that made it live · before: what a rollback returns to."""

    live: str | None
    since: Entry | None
    before: str | None
    candidates: Sequence[Candidate]
    journal: Sequence[Entry]


class Releasing:
    """The service behind the buttons."""

    def __init__(self, database: Database, releases: Path, key: bytes | None, clock: Clock) -> None:
        self._database = database
        self._releases = releases
        self._key = key
        self._clock = clock

    def overview(self) -> Overview:
        """Everything as it is now. Raises JournalCorrupt."""
        try:
            live = live_id(self._releases)
        except ReleaseMissing:
            live = None
        journal = read_journal(self._releases)
        decided = [entry for entry in journal if entry.action in (Step.PROMOTED, Step.ROLLED_BACK)]
        since = decided[-1] if decided and decided[-1].release == live else None
        earlier = [release for release in lived(journal) if release != live]
        judged = sorted((path.parent.name for path in self._releases.glob(f"[0-9]*/{GATE}")), reverse=True)
        unseen = shadow_id(self._releases)
        others = [unseen] if unseen and unseen not in judged else []
        shown = [name for name in [*others, *judged[:_MOST]] if name != live]
        candidates = [self._candidate(name, live, unseen) for name in shown]
        return Overview(live, since, earlier[-1] if earlier else None, candidates, journal[::-1])

    def _candidate(self, release_id: str, live: str | None, unseen: str | None) -> Candidate:
        n_messages, n_history, gate, problem, stale = 0, 0, None, None, None
        try:
            data = read_manifest(self._releases / release_id, self._key)["data"]
            n_messages, n_history = data["n_messages"], (data.get("history") or {}).get("n_rows", 0)
            gate = read_gate(self._releases / release_id, self._key)
            if gate is not None and gate.get("incumbent") != live:
                stale = str(gate.get("incumbent"))
        except (ReleaseMissing, ReleaseCorrupt, PromotionRefused) as error:
            problem = str(error)
        with self._database.read() as connection:
            asked = request_of(connection, release_id)
        return Candidate(release_id, n_messages, n_history, gate, problem, stale, release_id == unseen, asked)

    def promote(self, release_id: str, user: User, why: str) -> bool:
        """Let a release answer; false when the gate asks for a second person, and this was the first.

        Raises PromotionRefused, ReleaseMissing or ReleaseCorrupt with everything as it was.
        """
        gate, now = read_gate(self._releases / release_id, self._key), self._clock()
        with self._database.read() as connection:
            asked = request_of(connection, release_id)
        if gate and gate["passed"] and gate["waits_for"]:
            if asked is None:
                self._database.write(lambda connection: put_request(connection, release_id, user.id, why, now))
                _log.info("release.asked_for", release=release_id, user=user.id)
                return False
            who, why, second = asked.by, asked.why, user.name
        else:
            who, second = user.name, None
        promote(self._releases, release_id, who=who, why=why, at=now, second=second, key=self._key)
        self._database.write(lambda connection: end_request(connection, release_id))
        if shadow_id(self._releases) == release_id:
            self.run_unseen(None, user, "it answers now")
        _log.info("release.promoted", release=release_id, user=user.id)
        return True

    def take_back_request(self, release_id: str) -> None:
        """Nobody need agree any more."""
        self._database.write(lambda connection: end_request(connection, release_id))

    def roll_back(self, user: User, why: str) -> str:
        """Let the release before answer again; returns its id.

        Raises NothingBefore, ReleaseMissing or ReleaseCorrupt with everything as it was.
        """
        back = roll_back(self._releases, who=user.name, why=why, at=self._clock(), key=self._key)
        _log.warning("release.rolled_back", release=back, user=user.id)
        return back

    def run_unseen(self, release_id: str | None, user: User, why: str) -> None:
        """Let a candidate answer unseen; None ends it. Raises ReleaseMissing or ReleaseCorrupt."""
        shadow(self._releases, release_id, who=user.name, why=why, at=self._clock(), key=self._key)
