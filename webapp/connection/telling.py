"""What a window tells a person who comes back from Salesforce's login, in plain words. Knows no store."""

from dataclasses import dataclass, replace

from flask import Response, render_template

from connector.model.connection import Tried

CONFLICT = 409


@dataclass(frozen=True)
class Outcome:
    """What the window shows in the end."""

    title: str
    text: str
    advice: str = ""
    status: int = 200
    back: str = ""


LOST = Outcome(
    "This login cannot be used",
    "It was begun in another browser, was used before, or took longer than 15 minutes. Nothing was changed.",
    "Close this window, go back to where you began and begin again.",
    CONFLICT,
)
LOST_SET_UP = replace(LOST, advice="What you entered is kept: connect again from there.", back="/set-up")


def approved(tried: Tried) -> Outcome:
    """A user let the app act for himself."""
    words = f"Salesforce knows now that {_who(tried)} uses Real Magnet. Open the Real Magnet tab again."
    return Outcome("You have approved Real Magnet", words)


def connected(tried: Tried) -> Outcome:
    """The organization has a connection that works."""
    where = tried.organization_name or "your organization"
    words = f"Real Magnet works in {where} as {_who(tried)}. Runs and schedules stay as they are."
    return Outcome("Salesforce is connected", words)


def shown(outcome: Outcome) -> Response:
    """The whole window."""
    return Response(render_template("connection/outcome.html", outcome=outcome), outcome.status)


def _who(tried: Tried) -> str:
    return f"{tried.user.name} ({tried.user.username})"
