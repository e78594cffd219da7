"""What templates may say: numbers, moments and words for the visitor's locale, and the plain reasons of refusals."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g
from flask_login import current_user
from markupsafe import Markup

from connector import clock
from connector.model import rejections
from connector.model.activity import Outcome
from connector.model.budgets import PAUSED_FOR
from connector.model.rights import Area, Level, allows
from connector.model.runs import RunState, Trigger
from connector.model.uploads import JobState
from webapp import moments, sessions
from webapp.pages import asset

BADGES: dict[str, str] = {
    RunState.COMPLETED: "slds-theme_success",
    RunState.COMPLETED_WITH_ERRORS: "slds-theme_warning",
    RunState.FAILED: "slds-theme_error",
    RunState.PAUSED: "slds-theme_warning",
    RunState.HELD: "slds-theme_warning",
    RunState.RUNNING: "slds-badge_inverse",
    JobState.ACTIVE: "slds-theme_success",
}
"""Colour beside the word, never instead of it."""

MEANINGS = {
    Outcome.WRITTEN: "Now stands in Salesforce.",
    Outcome.SKIPPED: "Stood there already; nothing to change.",
    Outcome.REJECTED: "Salesforce said no; the reason is below.",
    Outcome.UNMATCHED: "No Contact or Lead has this address or id.",
    Outcome.HELD: "Waits for a decision.",
    Outcome.FILTERED: "This kind is switched off in Manage Data.",
}

TRIGGERS = {
    Trigger.SCHEDULE: "Nightly schedule",
    Trigger.CATCH_UP: "Missed night, caught up",
    Trigger.HAND: "Sync now",
}


def install(app: Flask) -> None:
    """Give them to every template."""
    filters: dict[str, Any] = {
        "number": _number,
        "duration": moments.duration,
        "clock_time": _clock_time,
        "sentence": _sentence,
        "host": _host,
        "plain": rejections.plain,
    }
    app.jinja_env.filters.update(filters)
    names: dict[str, Any] = {
        "asset": asset,
        "badges": BADGES,
        "paused_for": PAUSED_FOR,
        "outcomes": list(Outcome),
        "meanings": MEANINGS,
        "triggers": TRIGGERS,
        "when": _when,
        "when_in": _when_in,
        "time_of_day": _time_of_day,
        "session_token": sessions.current_token,
        "parent": lambda: g.get("parent"),
        "may": _may,
    }
    app.jinja_env.globals.update(names)


def _may(area: str, level: str) -> bool:
    """Whether the visitor may: what he may not is not offered to him. Views guard themselves all the same."""
    return current_user.is_authenticated and allows(current_user.rights, Area(area), Level(level))


def _number(value: int | None) -> str:
    return moments.number(int(value or 0), _locale())


def _clock_time(value: str) -> str:
    return moments.clock_time(value, _locale())


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _sentence(words: str) -> str:
    """Words of the ledger as a sentence of a screen."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _when(instant: int | datetime | None) -> Markup | str:
    """A moment in the visitor's own zone; a dash where there is none."""
    return "—" if instant is None else _time(instant, _zone())


def _when_in(instant: int | datetime, zone: str) -> Markup:
    """A moment in a named zone, with the day of the week."""
    return _time(instant, zone, weekday=True)


def _time_of_day(instant: int) -> Markup:
    """The hour and minute of a moment of today in the visitor's own zone."""
    aware = clock.from_milliseconds(instant)
    words = moments.time_of_day(aware, _zone(), _locale())
    return Markup('<time datetime="{}">{}</time>').format(moments.machine(aware), words)


def _time(instant: int | datetime, zone: str, *, weekday: bool = False) -> Markup:
    aware = clock.from_milliseconds(instant) if isinstance(instant, int) else instant
    words = moments.moment(aware, zone, _locale(), weekday=weekday)
    return Markup('<time datetime="{}">{}</time>').format(moments.machine(aware), words)


def _zone() -> str:
    return current_user.zone if current_user.is_authenticated else "America/New_York"


def _locale() -> str:
    return current_user.locale if current_user.is_authenticated else "en_US"
