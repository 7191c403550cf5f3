"""A candidate answers live messages after they are stored, unseen, on a thread of its own that nothing waits for."""

import queue
import threading
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from model.answer import Answer, Answerer, build_answerer, parts
from model.live import shadow_id
from model.release import ReleaseCorrupt, ReleaseMissing, load_release
from serve.clock import Clock
from serve.store.database import Database, TooManyWaiting
from serve.store.shadow import ShadowAnswer, insert_shadow_answers

_log = structlog.get_logger()
LOOK_SECONDS = 2.0
_WAITING = 500  # messages; what comes while as many wait is dropped and counted
_AT_ONCE = 100


class Shadow:
    """Start it once a process and `offer` it every message. n_answered, n_dropped: since the start."""

    def __init__(self, database: Database, releases: Path, key: bytes | None, clock: Clock) -> None:
        self._database = database
        self._releases = releases
        self._key = key
        self._clock = clock
        self._waiting: queue.Queue[tuple[str, str] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._refused: str | None = None
        self._answerer: Answerer | None = None
        self.problem: str | None = None
        self.n_answered = 0
        self.n_dropped = 0
        self.refresh()

    @property
    def release(self) -> str | None:
        """The candidate that runs now."""
        answerer = self._answerer
        return answerer.release.id if answerer and answerer.release else None

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, and end."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def offer(self, message_id: str, text: str) -> None:
        """Have a stored message answered some time; never waits, never fails."""
        if self._answerer is None:
            return
        try:
            self._waiting.put_nowait((message_id, text))
        except queue.Full:
            self.n_dropped += 1

    def refresh(self) -> None:
        """Load the candidate that `releases/shadow` names, if it is another one. Never raises for a bad release."""
        wanted = shadow_id(self._releases)
        if wanted == self.release or (wanted is not None and wanted == self._refused):
            return
        self._answerer, self._refused, self.problem = None, None, None
        if wanted is None:
            return
        try:
            self._answerer = build_answerer(load_release(self._releases / wanted, parts()[0], self._key))
        except (ReleaseMissing, ReleaseCorrupt, OSError) as error:
            self._refused = wanted
            self.problem = str(error) if not isinstance(error, OSError) or error.args else type(error).__name__
            _log.error("shadow.refused", release=wanted, problem=self.problem)
            return
        _log.info("shadow.runs", release=wanted)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            group = self._next()
            stopping = None in group
            self.refresh()
            self._answer([item for item in group if item is not None])

    def _next(self) -> list[tuple[str, str] | None]:
        """What waits, at most `_AT_ONCE`; empty when nothing came for a while."""
        group: list[tuple[str, str] | None] = []
        try:
            group.append(self._waiting.get(timeout=LOOK_SECONDS))
            while len(group) < _AT_ONCE:
                group.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return group

    def _answer(self, group: list[tuple[str, str]]) -> None:
        answerer = self._answerer
        if answerer is None or not group:
            return
        try:
            answers = [self._kept(message_id, answerer.answer(text, explained=False)) for message_id, text in group]
            self.n_answered += self._database.write(lambda connection: insert_shadow_answers(connection, answers))
        except (SQLAlchemyError, TooManyWaiting) as error:
            self.n_dropped += len(group)
            _log.warning("shadow.dropped", n=len(group), error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  a candidate that fails is what a shadow is for
            self.n_dropped += len(group)
            self.problem = f"it failed on a live message ({type(error).__name__})"
            _log.error("shadow.failed", release=self.release, error=type(error).__name__)

    def _kept(self, message_id: str, answer: Answer) -> ShadowAnswer:
        decision = answer.decision
        return ShadowAnswer(
            message_id,
            str(answer.release),
            decision.label,
            decision.outcome.value,
            decision.confidence,
            decision.urgent,
            self._clock(),
        )
