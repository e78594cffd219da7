"""A Contact or Lead read live from Salesforce: address, number, consent, and the fields a new recipient gets."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector.model.activity import Channel
from connector.model.people import kind_of
from connector.model.single_sends import PersonNow
from connector.salesforce.gateway import Salesforce
from connector.salesforce.soql import quoted

_OPTED_OUT = {Channel.EMAIL: "HasOptedOutOfEmail", Channel.FAX: "HasOptedOutOfFax"}
_GONE = {"Contact": ("MasterRecordId",), "Lead": ("MasterRecordId", "ConvertedContactId")}

_SHARED = {"FirstName": "FirstName", "LastName": "LastName", "Email": "Email", "Phone": "Phone", "Fax": "Fax"}
_NAMES: Mapping[str, Mapping[str, str]] = {
    "Contact": {
        **_SHARED,
        "MailingStreet": "Address",
        "MailingCity": "City",
        "MailingState": "State",
        "MailingPostalCode": "Zip",
    },
    "Lead": {
        **_SHARED,
        "Company": "Company",
        "Street": "Address",
        "City": "City",
        "State": "State",
        "PostalCode": "Zip",
    },
}
"""Salesforce's field → Real Magnet's, as AddRecipient spells it."""
_COUNTRY = {"Contact": "MailingCountry", "Lead": "Country"}


def read(salesforce: Salesforce, person_id: str) -> PersonNow:
    """The record as it stands. Raises whatever Salesforce's gateway raises.

    The connected user may not see every field: then it is not asked for, and an unseen consent is unknown.
    """
    kind = kind_of(person_id)
    shown = salesforce.fields(kind)
    wanted = (*_NAMES[kind], *_OPTED_OUT.values(), _COUNTRY[kind])
    names = ["Id", "Name", "IsDeleted", *_GONE[kind], *(name for name in wanted if name in shown)]
    soql = f"SELECT {', '.join(names)} FROM {kind} WHERE Id = {quoted(person_id)}"  # noqa: S608  # our own names, and an id quoted
    for row in salesforce.query(soql, include_deleted=True):
        return _person(person_id, kind, dict(zip(names, row, strict=True)))
    gone = f"Salesforce does not show us this {kind}: it was deleted for good, or hidden from the connected user."
    return PersonNow(person_id, kind, gone=gone)


def _person(person_id: str, kind: str, row: Mapping[str, Any]) -> PersonNow:
    fields = {ours: _text(row, theirs) for theirs, ours in _NAMES[kind].items() if _text(row, theirs)}
    return PersonNow(
        id=person_id,
        kind=kind,
        name=_text(row, "Name"),
        email=_text(row, "Email"),
        fax=_text(row, "Fax"),
        country=_text(row, _COUNTRY[kind]),
        opted_out={channel: _flag(row, name) for channel, name in _OPTED_OUT.items()},
        fields={**fields, "CustomID": person_id},
        gone=_gone(row, kind, _GONE[kind]),
    )


def _gone(row: Mapping[str, Any], kind: str, names: Sequence[str]) -> str:
    if row.get("ConvertedContactId"):
        return "This Lead was converted. Send it from the Contact that it became."
    if row.get("IsDeleted") and any(row.get(name) for name in names):
        return f"This {kind} was merged into another record. Send it from that one."
    return f"This {kind} was deleted in Salesforce." if row.get("IsDeleted") else ""


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def _flag(row: Mapping[str, Any], name: str) -> bool | None:
    return bool(row[name]) if name in row else None
