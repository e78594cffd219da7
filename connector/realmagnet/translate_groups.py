"""Groups, their sizes, members and the account's fields, out of the vendor's answers; it knows no request."""

from collections.abc import Mapping
from typing import Any

from connector.errors import NotFound, Refused, UnexpectedAnswer
from connector.model.groups import CUSTOM_MEMBER_ID, Group, GroupSize, Member, RecipientField
from connector.realmagnet import refusals
from connector.realmagnet.wire import key_of, moment, rows_of


def groups(answer: Any) -> list[Group]:
    """The answer of GetGroups and GetGroupsEx."""
    try:
        return [
            Group(
                id=int(row["GroupID"]),
                name=str(row.get("GroupName") or ""),
                shown=bool(row.get("DisplayStatus", True)),
                updated=moment(row.get("LastUpdated")),
            )
            for row in rows_of(answer)
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnexpectedAnswer("Real Magnet's list of groups has a shape that is not understood.") from None


def group_size(answer: Any) -> GroupSize:
    """The answer of GetGroupDetails; raises `NotFound` for that of an unknown group (zeros, assumed)."""
    row = object_of(answer, "GetGroupDetails")
    try:
        if not int(row["GroupID"] or 0):
            raise NotFound("Real Magnet has no such group: it was deleted there, or belongs to another account.")
        return GroupSize(
            members=int(row["TotalInGroup"]),
            suppressed=int(row.get("TotalEmailSuppressed") or 0),
            unsubscribed=int(row.get("TotalUnsubscribed") or 0),
            updated=moment(row.get("LastUpdated")),
        )
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's details of a group have a shape that is not understood.") from None


def new_group(answer: Any) -> int | None:
    """The number in AddGroup's answer, None for what an ended session is told. Raises `Refused`."""
    if not answer:
        return None
    row = object_of(answer, "AddGroup")
    if refusals.error_number(row):
        raise Refused(
            f"Real Magnet did not create the group: {refusals.error_text(row)}",
            code=refusals.error_code(row),
            advice="Try another name, or create the group in Real Magnet and choose it here.",
        )
    number = str(row.get(key_of(row, "AdditionalParams")) or "")
    if not number.isdigit() or not int(number):
        raise UnexpectedAnswer("Real Magnet's answer to AddGroup names no group.")
    return int(number)


def fields(answer: Any) -> list[RecipientField]:
    """The answer of GetRecipientFields, which lacks the Custom Member ID: that one comes first."""
    row = object_of(answer, "GetRecipientFields")
    try:
        plain = [(one["FieldName"], one.get("Label")) for one in row["CustomFields"] or ()]
        enhanced = [(one["MappingName"], one.get("FieldName")) for one in row.get("EnhancedFields") or ()]
        found = [RecipientField(str(name), str(label or name)) for name, label in (*plain, *enhanced) if name]
    except (KeyError, TypeError, AttributeError):
        raise UnexpectedAnswer("Real Magnet's list of fields has a shape that is not understood.") from None
    others = [one for one in found if one.name.lower() != CUSTOM_MEMBER_ID.lower()]
    return [RecipientField(CUSTOM_MEMBER_ID, "Custom Member ID"), *others]


def members(answer: Any) -> list[Member]:
    """One page of GetGroupRecipients (assumed: the SOAP twin in REST casing)."""
    rows = answer
    if isinstance(answer, Mapping):
        rows = answer.get(key_of(answer, "Recipients", "Members", "Data"))
    try:
        if not (found := rows_of(rows)):
            return []
        number = key_of(found[0], "RecipientId", "ID")
        address = key_of(found[0], "EmailId", "Email", "EmailAddress")
        custom = key_of(found[0], "CustomMemberId", "CustomID")
        return [Member(int(row[number]), row[address] or "", row.get(custom) or "") for row in found]
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's members of a group have a shape that is not understood.") from None


def object_of(answer: Any, operation: str) -> dict[str, Any]:
    """A bare object that is not empty. Raises `UnexpectedAnswer` for anything else."""
    if isinstance(answer, dict) and answer:
        return answer
    raise UnexpectedAnswer(f"Real Magnet answered something else than an object to {operation}.")
