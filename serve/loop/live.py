"""The release that answers now. A new one is taken over between requests; a bad one is refused, the last serves on."""

import threading
from pathlib import Path

import structlog

from model.answer import Answerer, build_answerer, parts
from model.live import live_id
from model.policy import Thresholds
from model.release import ReleaseCorrupt, ReleaseMissing, load_release, read_file, read_manifest

_log = structlog.get_logger()
LOOK_SECONDS = 2.0


class LiveRelease:
    """Holds the current answerer. Reading it is one attribute access: no lock, no half-swapped release."""

    def __init__(self, releases: Path, key: bytes | None) -> None:
        self._releases = releases
        self._key = key
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="release-watch", daemon=True)
        self._refused: str | None = None
        self._thresholds: dict[str, Thresholds | None] = {}
        self.problem: str | None = None
        self.answerer: Answerer = build_answerer(None)
        self.refresh()

    def start(self) -> None:
        """Begin to look for a change of the live release."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking, and let go of the release: FastAPI's caches outlive an application and what it stands on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.answerer = build_answerer(None)

    def refresh(self) -> None:
        """Load the live release if it is another one than the current. Never raises for a bad release."""
        current = self.answerer.release.id if self.answerer.release else None
        wanted: str | None = None
        try:
            wanted = live_id(self._releases)
            if wanted in (current, self._refused):
                return
            release = load_release(self._releases / wanted, parts()[0], self._key)
        except (ReleaseMissing, ReleaseCorrupt, OSError) as error:
            self._refused = wanted
            self.problem = str(error) if not isinstance(error, OSError) or error.args else type(error).__name__
            _log.error("release.refused", release=wanted, problem=self.problem, serving=current)
            return
        self.answerer = build_answerer(release)
        self.problem = None
        self._refused = None
        _log.info("release.live", release=release.id)

    def thresholds_of(self, release_id: str) -> Thresholds | None:
        """Where a release drew its lines, also when it is live no more; None when it is gone or refused."""
        release = self.answerer.release
        if release is not None and release.id == release_id:
            return release.thresholds
        if release_id not in self._thresholds:
            try:
                manifest = read_manifest(self._releases / release_id, self._key)
                self._thresholds[release_id] = Thresholds(**manifest["thresholds"])
            except (ReleaseMissing, ReleaseCorrupt, OSError, KeyError, TypeError):
                self._thresholds[release_id] = None
        return self._thresholds[release_id]

    def document(self, name: str) -> bytes | None:
        """A file that the live release carries about itself, verified like the rest; None when it has none such."""
        release = self.answerer.release
        if release is None:
            return None
        try:
            return read_file(self._releases / release.id, name, self._key)
        except (ReleaseMissing, ReleaseCorrupt, OSError) as error:
            _log.error("release.document_refused", release=release.id, document=name, problem=str(error))
            return None

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self.refresh()
