"""Every setting of the service, in one place; the only module that reads the environment.

Each can be an environment variable `AAQ_<NAME>`, a line in the file `aaq.env`, or a file `<name>` of mode 0600 in the
folder `secrets/`. A wrong value is refused at start with its name and the rule.
"""

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS = Path("secrets")


class SettingsWrong(ValueError):
    """A setting that cannot be used: its name and the rule, never its value."""


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """The service's settings. Defaults run on one machine with nothing else installed."""

    model_config = SettingsConfigDict(env_prefix="AAQ_", env_file="aaq.env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on. Put a proxy in front before anything else.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    address: Annotated[str, AfterValidator(_web_address)] = Field(
        "http://127.0.0.1:8000", description="The service's own address, as people reach it: used in links."
    )
    database: str = Field(
        "sqlite:///var/aaq.db",
        pattern=r"^(sqlite:///.+|postgresql\+psycopg://.+)$",
        description="SQLite for one process, postgresql+psycopg://... for more.",
    )
    releases: Path = Field(Path("releases"), description="The folder of releases.")
    release_key: SecretStr | None = Field(None, description="When set, only releases signed with it are loaded.")
    secret_key: SecretStr | None = Field(
        None, description="Signs sign-in cookies. Without it one is made and kept beside the database."
    )
    session_idle_minutes: int = Field(120, ge=5, le=24 * 60, description="A silent coach is signed out after this.")
    session_hours: int = Field(12, ge=1, le=24 * 7, description="Every coach is signed out after this.")
    body_bytes: int = Field(65_536, ge=1_024, le=1_048_576, description="Largest request body of a single message.")
    batch_bytes: int = Field(4_194_304, ge=65_536, le=67_108_864, description="Largest body of a batch.")
    waiting_limit: int = Field(256, ge=1, le=10_000, description="Writes that may wait; then 503 with Retry-After.")
    lease_seconds: int = Field(60, ge=5, le=3_600, description="How long a worker may take for one delivery.")
    worker: bool = Field(True, description="Deliver from inside `aaq serve`; false when `aaq worker` does.")
    blind_share: float = Field(
        0.05, ge=0, le=1, description="Share of messages that a coach labels before the suggestion shows."
    )
    retention_days: int = Field(0, ge=0, le=36_500, description="Days that messages keep their words; 0: for good.")
    history_file: Path | None = Field(
        None, description="Written anew every day, for `aaq retrain`: a path that ends in .csv, .jsonl or .parquet."
    )
    jira_url: WebAddress | None = Field(None, description="Jira's address. Without it tickets are printed.")
    jira_user: str | None = Field(None, description="The account's mail address on Jira Cloud; none on Data Center.")
    jira_token: SecretStr | None = Field(None, description="API token (Cloud) or personal access token.")
    show_api_docs: bool = Field(False, description="Serve /docs and /openapi.json.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")

    @model_validator(mode="after")
    def _cookies_need_a_long_key(self) -> "Settings":
        if self.secret_key is not None and len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("secret_key must have at least 32 characters")
        return self

    @property
    def session_idle(self) -> timedelta:
        return timedelta(minutes=self.session_idle_minutes)

    @property
    def session_longest(self) -> timedelta:
        return timedelta(hours=self.session_hours)

    @property
    def lease_for(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)

    @property
    def release_key_bytes(self) -> bytes | None:
        return self.release_key.get_secret_value().encode() if self.release_key else None

    @property
    def over_https(self) -> bool:
        return self.address.startswith("https://")


def load_settings(**overrides: object) -> Settings:
    """The settings from environment, `aaq.env` and `secrets/`, in that order of preference.

    Raises SettingsWrong.
    """
    known = {f"AAQ_{name}".upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("AAQ_") and name.upper() not in known)
    if unknown:
        raise SettingsWrong(f"{', '.join(unknown)}: there is no such setting")
    secrets = SECRETS if SECRETS.is_dir() else None
    for path in sorted(SECRETS.iterdir()) if secrets else ():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsWrong(f"{path}: a secret's file must have mode 0600")
    try:
        return Settings(_secrets_dir=secrets, **overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = [
            f"AAQ_{'_'.join(str(part) for part in problem['loc']).upper() or 'SECRET_KEY'}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsWrong("; ".join(problems)) from None
