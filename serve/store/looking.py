"""A look at the database from beside the process that holds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa


@contextmanager
def look_at(url: str) -> Iterator[sa.Connection]:
    """A connection that can only read and never checkpoints, so that SQLite's one writer is not disturbed.

    Raises SQLAlchemy's OperationalError when there is no such database.
    """
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///")).resolve()
        engine = sa.create_engine(f"sqlite:///file:{quote(str(path))}?mode=ro&uri=true", hide_parameters=True)
    else:
        engine = sa.create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            yield connection
    finally:
        engine.dispose()
