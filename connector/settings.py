"""Every setting of the product, read once from the environment into one frozen value.

Nothing else reads `os.environ`. `docs/configuration.md` and `.env.example` list the same names; a test holds that.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from connector.errors import Misconfigured

SALESFORCE_HOSTS = (
    ".my.salesforce.com",
    ".salesforce.com",
    ".lightning.force.com",
    ".vf.force.com",
    ".my.salesforce-setup.com",
    ".my.site.com",
)


@dataclass(frozen=True)
class Settings:
    """Where things are and how patient we are. Times are in seconds."""

    database_url: str = "sqlite:///var/real-magnet.db"
    redis_url: str = "redis://127.0.0.1:6379/0"
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    """Fernet keys, newest first: the first encrypts, all decrypt."""
    public_url: str = "http://127.0.0.1:8000"
    realmagnet_url: str = "https://dna.magnetmail.net/ApiAdapter/Rest/"
    salesforce_hosts: tuple[str, ...] = SALESFORCE_HOSTS
    """Host suffixes that a Salesforce address may end with; this machine itself, by plain http too, only if
    it is listed here or `public_url` is on it."""
    salesforce_api_version: str = "66.0"
    work_dir: str = "var/work"
    """Where bulk files are written before they are sent; they are removed once settled."""
    lease_seconds: float = 30.0
    tick_seconds: float = 30.0
    watch_seconds: float = 60.0
    poll_seconds: float = 5.0
    """Longest wait between two looks at a bulk job; it starts with a tenth of it."""
    upload_grace_seconds: float = 120.0
    """How long an upload whose answer was lost may still arrive in its group before it is sent again."""
    look_back_days: int = 90
    http_timeout: float = 60.0
    smtp_host: str = ""
    """Where mails go out; without it there are none."""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_sender: str = ""
    smtp_tls: str = "starttls"
    session_seconds: int = 1800
    door_rate: str = "120 per minute"
    run_log_days: int = 400
    """How long a finished run is kept; 0 keeps every run."""
    metrics_key: str = field(default="", repr=False)
    """What a monitor must carry to read `/metrics`; without one the address does not exist."""
    log_level: str = "INFO"
    log_format: str = "json"
    trusted_proxies: int = 0
    """How many proxies in front of the app set X-Forwarded-For."""


def from_env(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; a name is its field's in capitals (`DATABASE_URL`). Raises `Misconfigured` for bad values."""
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for item in fields(Settings):
        text = environ.get(item.name.upper())
        if text is None or not text.strip():
            continue
        values[item.name] = _parse(item.name, text.strip(), item.type)
    return Settings(**values)  # type: ignore[arg-type]  # _parse gives each field its own type


def _parse(name: str, text: str, kind: object) -> object:
    try:
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except ValueError as error:
        raise Misconfigured(f"{name.upper()} must be a number, not {text!r}") from error
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def work_dir(settings: Settings) -> Path:
    """The folder of bulk files, made on first use and closed to other users."""
    folder = Path(settings.work_dir)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
