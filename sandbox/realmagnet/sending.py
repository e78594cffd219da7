"""Sending a message to one person or to groups: the send happens, and what it causes follows with the clock."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from sandbox.realmagnet import answers, received, wire
from sandbox.realmagnet.behaviour import Dispatch, email_rows, fax_rows, sort_rows
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.contract import BadContractError
from sandbox.realmagnet.documents import email_key
from sandbox.realmagnet.messages import require_message
from sandbox.realmagnet.received import Parcel
from sandbox.realmagnet.seed import record_dispatch

FROM_LIMIT, SUBJECT_LIMIT = 50, 100
_REACHABLE = (
    "SELECT DISTINCT r.id, r.has_fax FROM membership m JOIN recipient r ON r.id = m.recipient_id "
    "WHERE m.group_id = ? AND (r.suppressed_at IS NULL OR r.suppressed_at > ?) "
    "AND (r.unsubscribed_at IS NULL OR r.unsubscribed_at > ?) "
    "AND NOT EXISTS (SELECT 1 FROM group_unsubscribe u WHERE u.group_id = m.group_id AND u.recipient_id = r.id)"
)


def _send(call: Call, dispatch: Dispatch, recipients: Iterable[int], group_ids: list[int]) -> int:
    """The same sending of the same seed has the same consequences: its number is what the dice start from."""
    number = record_dispatch(call.account, dispatch, group_ids)
    dice, chosen = Random(number * 7_919 + dispatch.message_id), list(recipients)
    first = call.account.numbers("event", max(1, len(chosen) * 60))[0]
    seq = count(first)
    if dispatch.fax:
        rows = fax_rows(dice, dispatch, chosen, seq)
    else:
        rows = email_rows(dice, dispatch, chosen, seq, frozenset())
    call.account.insert_events(sort_rows(rows))
    received.keep(call.account, _parcel(call, dispatch), chosen)
    with call.account.transaction() as connection:
        connection.executemany(
            "UPDATE recipient SET unsubscribed_at = min(?, coalesce(unsubscribed_at, ?)) WHERE id = ?",
            [(row[2], row[2], row[4]) for row in rows if row[1] == 6],
        )
    return number


def _parcel(call: Call, dispatch: Dispatch) -> Parcel:
    """Subject and sender may be those of this sending alone."""
    body = call.body
    return Parcel(
        dispatch.message_id,
        dispatch.at,
        dispatch.fax,
        body.text("Subject", "") or body.text("MessageSubject", ""),
        body.text("From", "") or body.text("MessageFromAddress", ""),
    )


def _links(call: Call, message_id: int) -> list[int]:
    return [row["id"] for row in call.account.all("SELECT id FROM link WHERE message_id = ? ORDER BY id", message_id)]


def send_email_to_individual(call: Call) -> dict[str, Any]:
    """Suppressed people are skipped, those who left are not. The answer is assumed (SOAP twin)."""
    message_id, by_email = require_message(call), call.body.text("Identifier").lower() == "email"
    if len(call.body.text("From", "")) > FROM_LIMIT or len(call.body.text("Subject", "")) > SUBJECT_LIMIT:
        return _individual([], [], error=answers.VALIDATION)
    wanted = [one.strip() for text in call.body.items("Recipients") for one in str(text).split(",") if one.strip()]
    sent, suppressed = list[tuple[int, str]](), list[str]()
    for one in wanted:
        column, value = ("email_key", email_key(one)) if by_email else ("custom_id", one)
        row = call.account.one(f"SELECT id, suppressed_at FROM recipient WHERE {column} = ?", value)
        if row is not None and row["suppressed_at"] is not None and row["suppressed_at"] <= call.now:
            suppressed.append(one)
        elif row is not None:
            sent.append((row["id"], one))
    if sent:
        dispatch = Dispatch(message_id, call.now, _links(call, message_id), spread=0)
        _send(call, dispatch, [number for number, _one in sent], [])
    return _individual([one for _number, one in sent], suppressed)


def _individual(sent: list[str], suppressed: list[str], *, error: int = 0) -> dict[str, Any]:
    return {
        "EmailsSent": sent,
        "Error": error,
        "ErrorObject": answers.save_result("", 0)["ErrorObject"],
        "Message": "" if error else "Message has been sent.",
        "SuppressedEmails": suppressed,
    }


def send_email_to_group(call: Call) -> dict[str, Any]:
    """Skips suppressed people, those who left, and those who already had it; the answer is assumed (SOAP twin)."""
    message_id, group_ids, at = require_message(call), call.body.integers("GroupIDs"), _scheduled(call)
    kind = call.body.text("SendType", "emailonly").lower()
    if kind not in {"emailonly", "faxonly"}:
        raise BadContractError("this stand-in sends e-mail only or fax only")
    if code := _refusal(call, group_ids):
        return _group_answer([], [], code)
    fax = kind == "faxonly"
    job = _send_to(call, Dispatch(message_id, at, [] if fax else _links(call, message_id), fax), group_ids)
    return _group_answer([] if fax else [job], [job] if fax else [])


def _refusal(call: Call, group_ids: list[int]) -> str:
    """What is wrong with the parameters, empty for nothing (codes and rules are assumed)."""
    body = call.body
    known = {row["id"] for row in call.account.all("SELECT id FROM list_group")}
    if not group_ids or not known.issuperset(group_ids):
        return "INVALID_GROUP"
    if call.account.value("SELECT 1 FROM login WHERE id = ?", body.integer("LoginID", call.login_id)) is None:
        return "INVALID_LOGIN"
    sender = body.text("MessageFromAddress", "") or body.text("From", "")
    bad = sender and ("@" not in sender or len(sender) > FROM_LIMIT)
    if bad and not body.flag("SendMessageDespiteBadFromAddress", False):
        return "INVALID_FROM_ADDRESS"
    return "INVALID_SUBJECT" if len(body.text("MessageSubject", "")) > SUBJECT_LIMIT else ""


def _send_to(call: Call, dispatch: Dispatch, group_ids: list[int]) -> int:
    fax, at, message_id = dispatch.fax, dispatch.at, dispatch.message_id
    rows = {row["id"]: row["has_fax"] for group in group_ids for row in call.account.all(_REACHABLE, group, at, at)}
    chosen = [number for number, has_fax in sorted(rows.items()) if has_fax or not fax]
    if not call.body.flag("IncludeRecipientsThatAlreadyReceivedTheMessage", False):
        had = {
            row["recipient_id"]
            for row in call.account.all(
                "SELECT recipient_id FROM event WHERE message_id = ? AND kind = ?", message_id, 7 if fax else 1
            )
        }
        chosen = [number for number in chosen if number not in had]
    if len(chosen) == 1:
        dispatch = replace(dispatch, spread=0)  # one person's is out at once
    return _send(call, dispatch, chosen, group_ids)


def _group_answer(emails: list[int], faxes: list[int], code: str = "") -> dict[str, Any]:
    return {
        "EmailJobIDs": emails,
        "Error": answers.VALIDATION if code else 0,
        "ErrorObject": answers.save_result("", 0, code=code)["ErrorObject"],
        "FaxJobIDs": faxes,
        "Message": "" if code else "Message has been scheduled.",
    }


def _scheduled(call: Call) -> int:
    """US Eastern local time (assumed); blank or past means now."""
    text = call.body.text("ScheduledTime", "")
    try:
        return max(call.now, wire.read_instant(text)) if text else call.now
    except ValueError as error:
        raise BadContractError("ScheduledTime was not recognised") from error
