"""Every setting of the service, in one place; the only module that reads the environment.

Each can be an environment variable `AAQ_<NAME>`, a line in the file `aaq.env`, or a file `<name>` of mode 0600 in the
folder `secrets/`. A wrong value is refused at start with its name and the rule.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Role = Literal["coach", "manager", "admin"]

SECRETS = Path("secrets")


class SettingsWrong(ValueError):
    """A setting that cannot be used: its name and the rule, never its value."""


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


def _issuer(value: str) -> str:
    host = urlsplit(value).hostname or ""
    if not value.startswith("https://") and host not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError("must begin with https://: who signs in is decided there")
    return value


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


WebAddress = Annotated[str, AfterValidator(_web_address)]
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


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
    routing: Path | None = Field(None, description="A school's own routes, in place of serve/routing.toml.")
    release_key: SecretStr | None = Field(None, description="When set, only releases signed with it are loaded.")
    secret_key: SecretStr | None = Field(
        None, description="Signs sign-in cookies. Without it one is made and kept beside the database."
    )
    session_idle_minutes: int = Field(120, ge=5, le=24 * 60, description="A silent coach is signed out after this.")
    session_hours: int = Field(12, ge=1, le=24 * 7, description="Every coach is signed out after this.")
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        None, description="The school's own sign-in (OpenID Connect), as its discovery document names itself."
    )
    oidc_client_id: str | None = Field(None, description="What the school's sign-in calls this service.")
    oidc_client_secret: SecretStr | None = Field(None, description="The secret that goes with the client id.")
    oidc_role_claim: str | None = Field(None, description="The claim that says what somebody may do, e.g. groups.")
    oidc_roles: Mapping[str, Role] = Field(
        default_factory=dict, description='The claim\'s words as roles, as JSON: {"tc-managers": "manager"}.'
    )
    oidc_default_role: Role | None = Field(
        "coach", description="The role of those for whom the claim has no word; empty refuses them."
    )
    body_bytes: int = Field(65_536, ge=1_024, le=1_048_576, description="Largest request body of a single message.")
    batch_bytes: int = Field(4_194_304, ge=65_536, le=67_108_864, description="Largest body of a batch.")
    waiting_limit: int = Field(256, ge=1, le=10_000, description="Writes that may wait; then 503 with Retry-After.")
    lease_seconds: int = Field(60, ge=5, le=3_600, description="How long a worker holds one delivery.")
    attempt_seconds: int = Field(30, ge=1, le=3_000, description="When an attempt counts as unanswered.")
    worker: bool = Field(True, description="Deliver from inside `aaq serve`; false when `aaq worker` does.")
    blind_share: float = Field(
        0.05, ge=0, le=1, description="Share of messages that a coach labels before the suggestion shows."
    )
    retention_days: int = Field(0, ge=0, le=36_500, description="Days that messages keep their words; 0: for good.")
    history_file: Path | None = Field(
        None, description="Written anew every day, for `aaq retrain`: a path that ends in .csv, .jsonl or .parquet."
    )
    show_api_docs: bool = Field(False, description="Serve /docs and /openapi.json.")
    metrics_folder: Path | None = Field(
        None,
        validation_alias="PROMETHEUS_MULTIPROC_DIR",  # the client library reads it by this name, when it is imported
        description="A folder in which several processes share their counters.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")

    jira_url: WebAddress | None = Field(None, description="Jira's address. Without it tickets are printed.")
    jira_user: str | None = Field(None, description="The account's mail address on Jira Cloud; none on Data Center.")
    jira_token: SecretStr | None = Field(None, description="API token (Cloud) or personal access token.")
    jira_project: str = Field("TS", pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="The project's key.")
    jira_issue_type: str = Field("Bug", description="The tickets' type.")
    jira_category_as: Literal["label", "component"] = Field("label", description="What a category becomes.")
    jira_names: dict[str, str] = Field({}, description="Our category -> Jira's label or component.")
    jira_priorities: dict[str, str] = Field({}, description="The handbook's priority -> Jira's name for it.")

    slack_token: SecretStr | None = Field(None, description="A bot's token. Without it posts are printed.")
    slack_channel: str | None = Field(None, description="The channel's id for what names none.")
    slack_url: WebAddress = Field("https://slack.com/api/", description="Slack's address.")

    mail_host: str | None = Field(None, description="The mail server, with STARTTLS. Without it mail is printed.")
    mail_port: int = Field(587, ge=1, le=65535, description="Its port.")
    mail_user: str | None = Field(None, description="Its sign-in, if it asks for one.")
    mail_password: SecretStr | None = Field(None, description="The password of the sign-in.")
    mail_from: str | None = Field(None, description="The sender's address.")
    mail_to: Listed = Field((), description="Who gets what names nobody: the TC manager.")

    form_url: str | None = Field(None, description="The escalation form's endpoint.")
    form_secret: SecretStr | None = Field(None, description="Signs what goes to the form (whsec_...).")
    form_prefill: str | None = Field(None, description="A Google form's address, opened filled in by a coach.")
    form_entries: dict[str, str] = Field({}, description="Our field -> the Google form's entry.<number>.")
    aaq_url: str | None = Field(None, description="AAQ's endpoint for referrals, replies and profile notes.")
    aaq_secret: SecretStr | None = Field(None, description="Signs what goes to AAQ (whsec_...).")
    webhook_secret: SecretStr | None = Field(None, description="Signs events to the school's programs (whsec_...).")
    webhook_hosts: Listed = Field((), description="Hosts that may be called: form, AAQ and webhooks.")
    own_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_split)] = Field(
        (), description="Private networks in which those hosts may be."
    )
    ca_file: Path | None = Field(None, description="A certificate authority of the school's own.")

    on_call: Path | None = Field(None, description="The contacts: a TOML file (serve/distress/roster.py).")
    on_call_words: bool = Field(True, description="A direct message carries the message that raised the concern.")
    alarm_command: str | None = Field(None, description="Run when notices do not get through.")

    @field_validator("oidc_default_role", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @model_validator(mode="after")
    def _what_belongs_together(self) -> "Settings":
        pairs = {
            "jira_url": "jira_token",
            "mail_host": "mail_from",
            "mail_user": "mail_password",
            "form_url": "form_secret",
            "form_prefill": "form_entries",
            "aaq_url": "aaq_secret",
        }
        for name, needed in pairs.items():
            if getattr(self, name) and not getattr(self, needed):
                raise ValueError(f"AAQ_{name.upper()} needs AAQ_{needed.upper()}")
        if self.attempt_seconds >= self.lease_seconds:
            raise ValueError("AAQ_ATTEMPT_SECONDS must be shorter than AAQ_LEASE_SECONDS")
        given = [self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret]
        if any(given) and not all(given):
            raise ValueError("AAQ_OIDC_ISSUER, AAQ_OIDC_CLIENT_ID and AAQ_OIDC_CLIENT_SECRET belong together")
        return self

    @model_validator(mode="after")
    def _cookies_need_a_long_key(self) -> "Settings":
        if self.secret_key is not None and len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("AAQ_SECRET_KEY must have at least 32 characters")
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
    def attempt_for(self) -> timedelta:
        return timedelta(seconds=self.attempt_seconds)

    @property
    def release_key_bytes(self) -> bytes | None:
        return self.release_key.get_secret_value().encode() if self.release_key else None

    @property
    def over_https(self) -> bool:
        return self.address.startswith("https://")


def variables() -> Sequence[str]:
    """The environment variable of each setting."""
    return [str(field.validation_alias or f"AAQ_{name}".upper()) for name, field in Settings.model_fields.items()]


def load_settings(**overrides: object) -> Settings:
    """The settings from environment, `aaq.env` and `secrets/`, in that order of preference.

    Raises SettingsWrong.
    """
    known = set(variables())
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
            f"{_spelled(problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsWrong("; ".join(problems)) from None


def _spelled(place: tuple[int | str, ...]) -> str:
    """A field's name as it is set; what concerns several fields names them in its rule."""
    return f"AAQ_{'_'.join(str(part) for part in place).upper()}" if place else "settings"
