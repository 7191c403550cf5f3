"""A deadline for a call that may hang: no vendor holds a delivery's thread longer than the lease."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import TypeVar

from serve.transports.base import DeliveryFailed, Kind

T = TypeVar("T")


def within(limit: timedelta, call: Callable[[], T]) -> T:
    """The call's result. Raises DeliveryFailed, ambiguous, when there is none in time or our own code fails.

    A call that hangs is left to itself: whatever it brings home late is not heard, and its row has another fence.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  it belongs to the caller, who is waiting for it
            future.set_exception(error)

    threading.Thread(target=run, name="attempt", daemon=True).start()
    try:
        return future.result(limit.total_seconds())
    except DeliveryFailed:
        raise
    except TimeoutError:
        raise DeliveryFailed(f"no answer within {limit.total_seconds():.0f} seconds", Kind.AMBIGUOUS) from None
    except Exception as error:
        raise DeliveryFailed(f"our own code failed ({type(error).__name__})", Kind.AMBIGUOUS) from error
