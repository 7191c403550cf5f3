"""Which program asks, and for which coach. The one place where a key's scope is checked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from serve.people.accounts import PersonMissing
from serve.people.api_keys import Caller
from serve.people.auth import People
from serve.store.records import User


@dataclass(frozen=True, slots=True)
class Asking:
    """The dependencies of `/v1`.

    caller: any key · coach: the person for whom a `review` key reads and decides; 403 for other keys.
    """

    caller: Callable[..., Caller]
    coach: Callable[..., User]
    reader: Callable[..., "Reader"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads messages: a program its own (coach is None), or a program for a coach."""

    caller: Caller
    coach: User | None


def build_asking(people: People) -> Asking:
    """The dependencies over the service's accounts and keys."""
    Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
    Named = Annotated[
        str | None,
        Header(alias="AAQ-Coach", max_length=200, description="The coach for whom a `review` key asks: name or id."),
    ]

    def caller(credentials: Bearer) -> Caller:
        found = people.keys.caller(credentials.credentials) if credentials else None
        if found is None:
            raise HTTPException(401, "send Authorization: Bearer <API key>", {"WWW-Authenticate": "Bearer"})
        return found

    def coach(credentials: Bearer, named: Named = None) -> User:
        if caller(credentials).scope != "review":
            raise HTTPException(403, "this needs a key of scope review")
        if not named:
            raise HTTPException(400, "name the coach for whom you ask in the header AAQ-Coach")
        try:
            user = people.accounts.find(named)
        except PersonMissing:
            raise HTTPException(403, "there is no such coach") from None
        if user.disabled_at is not None:
            raise HTTPException(403, "there is no such coach")
        return user

    def reader(credentials: Bearer, named: Named = None) -> Reader:
        found = caller(credentials)
        return Reader(found, coach(credentials, named) if found.scope == "review" else None)

    return Asking(caller, coach, reader)
