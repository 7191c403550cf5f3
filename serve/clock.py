"""Time and ids, so that both can be arguments."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh random id, safe in addresses."""
    return secrets.token_hex(16)
