"""What templates may say: numbers, moments and words for the visitor's locale, and the plain reasons of refusals."""

from datetime import datetime

from flask import Flask, g
from flask_login import current_user
from markupsafe import Markup

from connector import clock
from connector.model.activity import Outcome
from connector.model.runs import RunState, Trigger
from webapp import moments, reasons, sessions
from webapp.pages import asset

BADGES = {
    RunState.COMPLETED: "slds-theme_success",
    RunState.COMPLETED_WITH_ERRORS: "slds-theme_warning",
    RunState.FAILED: "slds-theme_error",
    RunState.PAUSED: "slds-theme_warning",
    RunState.RUNNING: "slds-badge_inverse",
}
"""Colour beside the word, never instead of it."""

MEANINGS = {
    Outcome.WRITTEN: "Now stands in Salesforce.",
    Outcome.SKIPPED: "Stood there already; nothing to change.",
    Outcome.REJECTED: "Salesforce said no; the reason is below.",
    Outcome.UNMATCHED: "No Contact or Lead has this address or id.",
    Outcome.HELD: "Waits for a decision.",
    Outcome.FILTERED: "A rule kept it out.",
}


TRIGGERS = {
    Trigger.SCHEDULE: "Nightly schedule",
    Trigger.CATCH_UP: "Missed night, caught up",
    Trigger.HAND: "Sync now",
}


def install(app: Flask) -> None:
    """Give them to every template."""
    app.jinja_env.filters["number"] = lambda value: moments.number(int(value or 0), _locale())
    app.jinja_env.filters["duration"] = moments.duration
    app.jinja_env.filters["plain"] = reasons.plain
    app.jinja_env.globals.update(
        asset=asset,
        badges=BADGES,
        outcomes=list(Outcome),
        meanings=MEANINGS,
        triggers=TRIGGERS,
        when=_when,
        when_in=_when_in,
        session_token=sessions.current_token,
        parent=lambda: g.get("parent"),
    )


def _when(instant: int | datetime | None) -> Markup | str:
    """A moment in the visitor's own zone; a dash where there is none."""
    return "—" if instant is None else _time(instant, _zone())


def _when_in(instant: int | datetime, zone: str) -> Markup:
    """A moment in a named zone, with the day of the week."""
    return _time(instant, zone, weekday=True)


def _time(instant: int | datetime, zone: str, *, weekday: bool = False) -> Markup:
    aware = clock.from_milliseconds(instant) if isinstance(instant, int) else instant
    words = moments.moment(aware, zone, _locale(), weekday=weekday)
    return Markup('<time datetime="{}">{}</time>').format(moments.machine(aware), words)


def _zone() -> str:
    return current_user.zone if current_user.is_authenticated else "America/New_York"


def _locale() -> str:
    return current_user.locale if current_user.is_authenticated else "en_US"
