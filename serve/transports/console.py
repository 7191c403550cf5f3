"""The twin of every real transport: prints instead of sending. The default until a school configures a vendor."""

import sys
from typing import TextIO

from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt


class ConsoleTransport:
    """Prints one delivery as a few lines. A distressed student's words are for a person, not for a console's log."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def deliver(self, delivery: Delivery) -> Receipt:
        """Print it. Raises DeliveryFailed when the stream is closed."""
        lines = [f"[{delivery.destination}] {delivery.action}"]
        lines += [f"    {name}: {_shown(name, value)}" for name, value in delivery.body.items() if value is not None]
        try:
            print("\n".join(lines), file=self._stream or sys.stdout, flush=True)
        except (OSError, ValueError) as error:
            raise DeliveryFailed(f"console: {type(error).__name__}", Kind.RETRYABLE) from error
        return Receipt(reference=f"console-{delivery.id}")


def _shown(name: str, value: object) -> object:
    if name == "quote":
        return f"({len(str(value))} characters, for the person alone)"
    return value["name"] if name == "contact" and isinstance(value, dict) else value
