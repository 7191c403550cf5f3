"""Who may open a page for managers, and send its forms. The one place that these pages ask."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, HTTPException

from serve.pages.site import Site
from serve.store.records import User

_MANAGERS = ("manager", "admin")


def manager_of(site: Site) -> Callable[..., User]:
    """A dependency: the manager or admin behind the session. Raises NotSignedIn, or 403 for a coach."""

    def manager(user: Annotated[User, Depends(site.coach)]) -> User:
        if user.role not in _MANAGERS:
            raise HTTPException(403, "This page is for managers.")
        return user

    return manager


def manager_form(site: Site) -> list[Any]:
    """Dependencies of a manager's form: a manager is signed in, and the form was made for them."""
    return [*site.same_session, Depends(manager_of(site))]
