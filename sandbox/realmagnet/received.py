"""What each recipient got, as it reached them: merge fields replaced by their own data; the vendor has nothing like it.

How a merge field is written is not documented (assumed): [[First_Name]], with the names of GetRecipientFields or of a
recipient's members, letter case and blanks apart. A name that is none stays visible, as a sender would see it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from sandbox.realmagnet import documents, wire
from sandbox.realmagnet.account import Account

MOST_KEPT = 100
"""A sending to more people than this is not kept: nobody reads it, and a crowd's would be gigabytes."""

_MARK = re.compile(r"\[\[\s*([A-Za-z][\w ]*?)\s*\]\]")
_OTHER_NAMES = {"custommemberid": "customid", "address1": "address"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One sending as its recipients get it; `subject` and `sender` are those of this sending."""

    message_id: int
    at: int
    fax: bool
    subject: str = ""
    sender: str = ""


def keep(account: Account, parcel: Parcel, recipients: Iterable[int]) -> None:
    """Put it into the recipients' hands."""
    wanted = list(recipients)
    if len(wanted) > MOST_KEPT:
        return
    message = account.one("SELECT * FROM message WHERE id = ?", parcel.message_id)
    rows: list[tuple[Any, ...]] = []
    for number in wanted:
        fields = _fields(account, number)
        subject = _filled(parcel.subject or message["subject"], fields)
        html, text = _filled(message["html"], fields, markup=True), _filled(message["text"], fields)
        to = fields.get("fax" if parcel.fax else "email", "")
        sender = parcel.sender or message["sender"]
        rows.append((number, parcel.message_id, parcel.at, int(parcel.fax), to, sender, subject, html, text))
    with account.transaction() as connection:
        connection.executemany("INSERT INTO received VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def tell(account: Account, *, recipient_id: int = 0, to: str = "") -> list[dict[str, Any]]:
    """Everything kept for one recipient, or for one address or number, the latest first."""
    rows = account.all(
        "SELECT * FROM received WHERE (recipient_id = ? OR (? != '' AND lower(address) = lower(?))) AND at <= ? "
        "ORDER BY id DESC",
        *(recipient_id, to, to, account.now()),
    )
    return [
        {
            "at": wire.instant(row["at"]),
            "channel": "Fax" if row["fax"] else "E-mail",
            "html": row["html"],
            "message": row["message_id"],
            "recipient": row["recipient_id"],
            "sender": row["sender"],
            "subject": row["subject"],
            "text": row["text"],
            "to": row["address"],
        }
        for row in rows
    ]


def _fields(account: Account, recipient_id: int) -> dict[str, str]:
    document = account.value("SELECT document FROM recipient WHERE id = ?", recipient_id)
    return {name.lower(): value for name, value in documents.fields_of(document).items()}


def _filled(text: str, fields: Mapping[str, str], *, markup: bool = False) -> str:
    def value(mark: re.Match[str]) -> str:
        name = mark[1].replace("_", "").replace(" ", "").lower()
        name = _OTHER_NAMES.get(name, re.sub(r"^custom(\d+)$", r"customfield\1", name))
        found = fields.get(name)
        return mark[0] if found is None else escape(found) if markup else found

    return _MARK.sub(value, text)
