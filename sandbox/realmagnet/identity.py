"""What makes a recipient one and the same in an account: the address, or the Custom Member ID; knows no operation."""

import re
from collections.abc import Mapping, Sequence

from sandbox.realmagnet import documents
from sandbox.realmagnet.account import Account

_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_CHUNK = 500


def is_address(text: str) -> bool:
    """One @ and a domain with a dot: what is sorted out before it was tried (assumed)."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def key(account: Account, fields: Mapping[str, str]) -> str:
    """What a recipient with these fields is told apart by; empty for one who lacks it."""
    return documents.key_by_custom_id(fields) if account.by_custom_id else documents.key_by_email(fields)


def lacks(account: Account, fields: Mapping[str, str]) -> str:
    """The code of what a recipient must have and these fields have not (NO_CUSTOM_ID is assumed)."""
    if not fields.get("Email", "").strip():
        return "NO_EMAIL"
    return "NO_CUSTOM_ID" if account.by_custom_id and not fields.get("CustomID", "").strip() else ""


def find(account: Account, fields: Mapping[str, str]) -> int | None:
    """The recipient who is the same as one with these fields."""
    wanted = key(account, fields)
    found = stored(account, [wanted]).get(wanted)
    return None if found is None else found[0]


def stored(account: Account, keys: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """Number and document of those who exist, by key."""
    column = "lower(custom_id)" if account.by_custom_id else "email_key"
    found: dict[str, tuple[int, bytes]] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        sql = f"SELECT {column}, id, document FROM recipient WHERE {column} IN ({', '.join('?' * len(chunk))})"
        found |= {name: (number, document) for name, number, document in account.all(sql, *chunk)}
    return found
