"""How often one sender may try what guards us: launches, passwords, keys. Counted in Redis, for all web processes."""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from connector.settings import Settings
from webapp.sessions import visitor
from webapp.wiring import wiring

PROGRAM_RATE = "120 per minute"
PASSWORD_TRIES = "5 per minute; 30 per hour"
INTAKE_RATE = "600 per minute"
UPDATES_RATE = "20 per minute"
CODE_TRIES = "20 per minute; 100 per hour"

limiter = Limiter(get_remote_address, headers_enabled=False)


def install(app: Flask, settings: Settings) -> None:
    """Count in the jobs' Redis; while it is away each process counts for itself, so that the door stays open."""
    address = settings.redis_url
    app.config["RATELIMIT_STORAGE_URI"] = f"redis+{address}" if address.startswith("unix:") else address
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    app.config["RATELIMIT_KEY_PREFIX"] = "real-magnet-web"
    limiter.init_app(app)


def _door() -> str:
    return f"{get_remote_address()} {(request.view_args or {}).get('org', '')}"


def _user() -> str:
    return f"user {visitor().user_id}"


at_the_door = limiter.limit(lambda: wiring().services.settings.door_rate, key_func=_door)
of_passwords = limiter.limit(PASSWORD_TRIES, key_func=_user)
of_updates = limiter.limit(UPDATES_RATE, key_func=_user)
"""Each asks Real Magnet many questions; nobody reads so many people in a minute."""
of_codes = limiter.limit(CODE_TRIES, key_func=get_remote_address)
"""Set-up codes have twelve letters: nobody finds one at this pace before it is too old."""
of_intake = limiter.limit(INTAKE_RATE, key_func=get_remote_address)
"""Batches of 10,000 rows at this pace are more than any sender has."""
of_programs = limiter.limit(PROGRAM_RATE, key_func=get_remote_address)
"""Counted before a key is looked at, so that nobody tries keys faster than that either."""
