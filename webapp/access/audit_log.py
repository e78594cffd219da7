"""The audit log on a screen: who changed what, when, from what to what, in words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import RowMapping

from connector.model.rights import Area, Level
from connector.store import audit
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

audit_log = Blueprint("audit_log", __name__)

ENTRIES_A_PAGE = 25
LONGEST_SEARCH = 80
LONGEST_VALUE = 120
"""What is longer is folded."""


@dataclass(frozen=True)
class Change:
    """One thing that changed."""

    name: str
    before: str
    after: str

    @property
    def is_long(self) -> bool:
        """Whether it is folded until somebody wants to read it."""
        return len(self.before) + len(self.after) > LONGEST_VALUE


@audit_log.get("/audit-log")
@needs(Area.SETTINGS, Level.READ)
def show() -> Response:
    """Entries, newest first; of some users or about some actions if asked."""
    before = request.args.get("before", type=int)
    wanted = audit.Wanted(
        before if before is not None and 0 < before < audit.NO_ENTRY else None, _searched("who"), _searched("action")
    )
    with wiring().services.database.read() as connection:
        found = audit.entries(connection, visitor().org_id, ENTRIES_A_PAGE + 1, wanted)
    shown = [(row, changed(row)) for row in found[:ENTRIES_A_PAGE]]
    more = len(found) > ENTRIES_A_PAGE
    return page("access/audit_log.html", "Audit log", shown=shown, more=more, wanted=wanted)


def changed(row: RowMapping) -> list[Change]:
    """What an entry says that changed, by name."""
    before: Mapping[str, Any] = json.loads(row["before"])
    after: Mapping[str, Any] = json.loads(row["after"])
    return [Change(name, in_words(before.get(name)), in_words(after.get(name))) for name in {**before, **after}]


def in_words(value: Any) -> str:
    """A recorded value as a person reads it; empty for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        parts: Mapping[str, Any] = value
        return "; ".join(f"{name}: {in_words(inside) or '—'}" for name, inside in parts.items())
    if isinstance(value, list):
        several: list[Any] = value
        return ", ".join(in_words(one) or "—" for one in several)
    return "" if value is None else str(value)


def _searched(name: str) -> str:
    return " ".join(request.args.get(name, "").split())[:LONGEST_SEARCH]
