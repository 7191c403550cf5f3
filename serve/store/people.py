"""Who signs in."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.store.records import Account, User
from serve.store.tables import users

_USER = [users.c[name] for name in User.__dataclass_fields__]


def insert_user(connection: sa.Connection, user: User, created_at: datetime) -> None:
    """Raises IntegrityError when the name is taken."""
    connection.execute(
        users.insert().values(
            id=user.id,
            name=user.name,
            role=user.role,
            password_hash=user.password_hash,
            session_epoch=user.session_epoch,
            created_at=created_at,
            external_id=user.external_id,
        )
    )


def find_user(connection: sa.Connection, name: str) -> User | None:
    """By name, disabled ones too."""
    row = connection.execute(sa.select(*_USER).where(users.c.name == name)).first()
    return User(**row._mapping) if row else None


def find_external(connection: sa.Connection, external_id: str) -> User | None:
    """By who they are to the sign-in provider, disabled ones too."""
    row = connection.execute(sa.select(*_USER).where(users.c.external_id == external_id)).first()
    return User(**row._mapping) if row else None


def get_user(connection: sa.Connection, user_id: str) -> User | None:
    """By id, disabled ones too."""
    row = connection.execute(sa.select(*_USER).where(users.c.id == user_id)).first()
    return User(**row._mapping) if row else None


def all_users(connection: sa.Connection) -> Sequence[User]:
    """Everybody, disabled ones too, by name."""
    return [User(**row._mapping) for row in connection.execute(sa.select(*_USER).order_by(users.c.name))]


def count_users(connection: sa.Connection) -> int:
    """How many people there are, disabled ones too."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(users)) or 0)


def list_accounts(connection: sa.Connection) -> Sequence[Account]:
    """Everybody, by name; disabled ones too."""
    columns = [users.c[name] for name in Account.__dataclass_fields__]
    return [Account(**row._mapping) for row in connection.execute(sa.select(*columns).order_by(users.c.name))]


def other_admins(connection: sa.Connection, user_id: str) -> int:
    """How many admins there are beside this person; they stay as they are until the transaction ends."""
    others = sa.select(users.c.id).where(users.c.role == "admin", users.c.disabled_at.is_(None), users.c.id != user_id)
    return len(connection.scalars(others.with_for_update()).all())


def set_password(connection: sa.Connection, user_id: str, password_hash: str) -> None:
    """Change a password and sign the person out everywhere."""
    _update(connection, user_id, password_hash=password_hash, session_epoch=users.c.session_epoch + 1)


def set_role(connection: sa.Connection, user_id: str, role: str) -> None:
    """Change what a person may do, from their next request on."""
    _update(connection, user_id, role=role)


def set_disabled(connection: sa.Connection, user_id: str, disabled_at: datetime | None) -> None:
    """Shut a person out, signed in or not; None lets them in again."""
    _update(connection, user_id, disabled_at=disabled_at, session_epoch=users.c.session_epoch + 1)


def _update(connection: sa.Connection, user_id: str, **values: object) -> None:
    connection.execute(users.update().where(users.c.id == user_id).values(**values))
