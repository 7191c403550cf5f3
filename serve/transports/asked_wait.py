"""How long a vendor asks to be left alone: the header Retry-After in both of its forms (RFC 9110, 10.2.3)."""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

from serve.clock import utc_now


def asked_wait(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds, or a date reckoned against the answer's own Date; None when it is absent or cannot be read."""
    known = {name.lower(): value for name, value in headers.items()}
    value = known.get("retry-after", "").strip()
    if value.isdecimal():
        return timedelta(seconds=min(int(value), 10**8))
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(known["date"]) if "date" in known else utc_now()
        return max(timedelta(), until - now)
    except (ValueError, TypeError):
        return None
