"""The last resort, beside the outbox: a line at error level and a command of the school's on this machine."""

import shlex
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

_log = structlog.get_logger()
AGAIN_AFTER = timedelta(minutes=15)
_COMMAND_SECONDS = 10


class Alarm:
    """Says a thing once, and again when it still holds a quarter of an hour later."""

    def __init__(self, command: str | None) -> None:
        """`command`: run without a shell, with what is wrong as its last argument: counts and ids, nobody's words."""
        self._command = shlex.split(command) if command else None
        self._raised_at: dict[str, datetime] = {}

    def is_new(self, key: str, now: datetime) -> bool:
        """Whether this was not said in the last quarter of an hour; remembers that it is now."""
        before = self._raised_at.get(key)
        if before is not None and now - before < AGAIN_AFTER:
            return False
        self._raised_at = {k: at for k, at in self._raised_at.items() if now - at < AGAIN_AFTER} | {key: now}
        return True

    def sound(self, words: str, facts: Mapping[str, object]) -> None:
        """Log it and run the command."""
        _log.error("alarm", words=words, **facts)
        if self._command is None:
            return
        try:
            subprocess.run(  # noqa: S603  the school's own command, from its settings, without a shell
                [*self._command, words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_COMMAND_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            _log.error("alarm.command_failed", error=type(error).__name__)
