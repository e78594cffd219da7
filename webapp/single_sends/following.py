"""How far a message to one person is, in words: from its own row, its run, and what Real Magnet reported since."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector.model.activity import DELIVERED, FAX_SUCCESSFUL, IN_PROGRESS
from connector.model.runs import RunState
from connector.model.single_sends import LOOK, MAY_HAVE_SENT, SendState, SingleSend
from connector.store import same_person, single_send_following, single_sends
from webapp.sessions import visitor

SHOWN = 5
_GOOD = frozenset({DELIVERED, FAX_SUCCESSFUL})
_SUCCESS, _WARNING, _ERROR, _PLAIN = (
    "slds-theme_success",
    "slds-theme_warning",
    "slds-theme_error",
    "slds-badge_lightest",
)


@dataclass(frozen=True)
class Stand:
    """One message with its state in a word, its colour, why and what to do; `moving` while it is on its way to Real
    Magnet."""

    send: SingleSend
    who: str
    state: str
    theme: str
    words: str
    moving: bool
    run_id: int | None
    at: int | None = None


def of(connection: Connection, send: SingleSend) -> Stand:
    """How far it is now."""
    who = connection.execute(text("SELECT name FROM users WHERE id = :id"), {"id": send.user_id}).scalar() or "Somebody"
    run = single_send_following.run_of(connection, send)
    run_id = run[3] if run else None
    if send.state is SendState.WAITING and run and RunState(run[0]).over:
        if send.given_at is not None:
            return Stand(send, who, SendState.UNSURE, _WARNING, f"{MAY_HAVE_SENT} {LOOK}", False, run_id)
        return Stand(send, who, SendState.REFUSED, _ERROR, f"{run[1]} {run[2]}".strip(), False, run_id)
    if send.state is SendState.WAITING:
        words = "It is checked once more and handed to Real Magnet."
        if run and run[1]:
            words = f"{run[1]} It is tried again by itself."
        return Stand(send, who, SendState.WAITING, "slds-badge_inverse", words, True, run_id)
    if send.state is SendState.REFUSED:
        return Stand(send, who, SendState.REFUSED, _ERROR, f"{send.reason} {send.advice}".strip(), False, run_id)
    return _afterwards(connection, send, who, run_id)


def _afterwards(connection: Connection, send: SingleSend, who: str, run_id: int | None) -> Stand:
    went = single_send_following.went(connection, send)
    if went is None and send.state is SendState.UNSURE:
        return Stand(send, who, SendState.UNSURE, _WARNING, f"{send.reason} {send.advice}".strip(), False, run_id)
    if went is None:
        words = "What becomes of it shows here after Update now on the person's page, or after the next night."
        return Stand(send, who, "Sent to Real Magnet", _SUCCESS, words, False, run_id)
    if went.activity == IN_PROGRESS:
        words = "Real Magnet is still delivering it."
        return Stand(send, who, IN_PROGRESS, _PLAIN, words, False, run_id, went.at)
    theme = _SUCCESS if went.activity in _GOOD else _ERROR
    words = "It arrived." if went.activity in _GOOD else "It did not arrive."
    return Stand(send, who, went.activity, theme, words, False, run_id, went.at)


def of_person(connection: Connection, person_id: str) -> list[Stand]:
    """The latest messages that were sent from Salesforce to a person, under whatever record."""
    org_id = visitor().org_id
    ids = same_person.ids_of(connection, org_id, person_id)
    return [of(connection, send) for send in single_sends.of_person(connection, org_id, ids, SHOWN)]
