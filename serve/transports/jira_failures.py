"""What Jira's errors mean: https://developer.atlassian.com/cloud/jira/platform/rest/v2/intro/#status-codes"""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from jira import JIRAError
from urllib3.exceptions import NameResolutionError, NewConnectionError

from serve.transports.asked_wait import asked_wait
from serve.transports.base import DeliveryFailed, Kind

_LONGEST = 300


def failure_of(error: Exception, *, creating: bool) -> DeliveryFailed:
    """An error of the client as a failed delivery.

    creating: the request would have made a ticket. Then silence, 5xx and an answer that cannot be read are ambiguous;
    otherwise nothing can have happened, and it is tried again.
    """
    silent = Kind.AMBIGUOUS if creating else Kind.RETRYABLE
    match error:
        case JIRAError():
            return _from_answer(error, silent)
        case requests.ConnectTimeout():
            return DeliveryFailed("no connection to Jira within 3 seconds", Kind.RETRYABLE)
        case requests.exceptions.SSLError():
            return DeliveryFailed("Jira's certificate was refused", Kind.RETRYABLE)
        case requests.ConnectionError() if _never_connected(error):
            return DeliveryFailed("no connection to Jira", Kind.RETRYABLE)
        case requests.JSONDecodeError() | ValueError() | KeyError() | TypeError():
            return DeliveryFailed("Jira's answer cannot be read", silent)
        case _:
            return DeliveryFailed(f"Jira did not answer ({type(error).__name__})", silent)


def _from_answer(error: JIRAError, silent: Kind) -> DeliveryFailed:
    status, response = error.status_code or 0, error.response
    wait = asked_wait(response.headers) if response is not None else None
    if status == 429:
        return DeliveryFailed(_words(error), Kind.RETRYABLE, retry_after=wait)
    if 400 <= status < 500 and status != 408:
        return DeliveryFailed(_words(error), Kind.PERMANENT)
    return DeliveryFailed(_words(error), silent, retry_after=wait)


def _words(error: JIRAError) -> str:
    """Jira's own words, which name fields and rules; a page of HTML is only said to be one."""
    status, response = error.status_code or 0, error.response
    if response is None or status < 400:
        return "Jira's answer cannot be read"
    html = "html" in response.headers.get("Content-Type", "") or response.text.lstrip().startswith("<")
    said = "with a web page, not with an answer" if html else " ".join((error.text or "").split())[:_LONGEST]
    return f"Jira answered {status} {said}".strip()


def _never_connected(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | NameResolutionError)


@contextmanager
def failing(*, creating: bool) -> Iterator[None]:
    """Turn what the client raises into DeliveryFailed. `creating`: whether the work may have been done all the same."""
    try:
        yield
    except (JIRAError, requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise failure_of(error, creating=creating) from error
