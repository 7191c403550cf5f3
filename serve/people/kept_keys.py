"""Keys that the service makes for itself at its first start, and keeps beside the database."""

import secrets
from pathlib import Path


def kept_key(database: str, name: str) -> str:
    """The key of this name, 64 hexadecimal digits; made, with mode 0600, when there is none yet.

    database: the setting. With PostgreSQL keys are kept in `var`.
    """
    folder = Path(database.removeprefix("sqlite:///")).parent if "sqlite" in database else Path("var")
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), "ascii")
    return path.read_text("ascii")
