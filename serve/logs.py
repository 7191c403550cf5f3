"""Logs as one JSON object a line on standard error: ids, counts and conditions, never a message's text.

The words of an exception can hold what a student wrote, so of an exception only its type and its place are logged.
"""

import json
import logging
import sys
import traceback

import structlog


class _LibraryFormatter(logging.Formatter):
    """Libraries' records in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {"event": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            frames = traceback.extract_tb(error.__traceback__)
            line["at"] = [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
        else:
            line["said"] = record.getMessage()
        return json.dumps(line)


def configure_logs(level: str) -> None:
    """Ours through structlog; the libraries' warnings through the same stream."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is now, should somebody replace it
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
