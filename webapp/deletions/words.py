"""Deletions in words: what one is about, where it stands, which lists its rows are in, and how much room they take."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from connector.model.lists import OBJECTS
from connector.model.people import kind_of
from connector.model.runs import RunState

ROW_KILOBYTES = 2
"""What Salesforce counts for a row of a custom object."""
KILOBYTES_A_MEGABYTE = 1024
HISTORY_LABEL = "Real Magnet Activity History"
LABELS = {object_name: str(label) for label, object_name in OBJECTS.items()}

_STATES = {
    RunState.QUEUED: "Waiting to begin",
    RunState.RUNNING: "Being deleted",
    RunState.PAUSED: "Paused",
    RunState.HELD: "Paused",
    RunState.COMPLETED: "Deleted",
    RunState.COMPLETED_WITH_ERRORS: "Partly deleted",
    RunState.FAILED: "Stopped by an error",
    RunState.CANCELLED: "Stopped by a person",
}


def list_name(object_name: str) -> str:
    """A list as its users know it."""
    return LABELS.get(object_name, HISTORY_LABEL)


def megabytes(rows: int) -> str:
    """The room of so many rows, by Salesforce's own counting."""
    kilobytes = rows * ROW_KILOBYTES
    if not kilobytes:
        return "0 MB"
    tenths = round(kilobytes * 10 / KILOBYTES_A_MEGABYTE)
    return f"{tenths // 10:,}.{tenths % 10} MB" if tenths else "under 0.1 MB"


def subject(row: RowMapping | Mapping[str, Any]) -> str:
    """What a deletion is about, by name; a day in it is the screen's to add."""
    if row.get("undone_run_id") is not None:
        return f"Undo of run {row['undone_run_id']}"
    parts = [
        row["activity_group"],
        f"run {row['run_id']}" if row["run_id"] is not None else "",
        _message(row),
        _person(row),
    ]
    found = ", ".join(part for part in parts if part)
    if not found:
        found = f"all rows of {list_name(row['object'])}" if row["object"] else "all activity"
    return found[:1].upper() + found[1:]


def state(row: RowMapping) -> str:
    """Where a deletion stands."""
    undo = row["undone_run_id"] is not None
    if row["brought_back_at"]:
        return "Run again" if undo else "Restored"
    if row["restored_at"]:
        return "Being run again" if undo else "Being restored"
    if not row["state"]:
        return "Waiting to begin"
    found = _STATES[RunState(row["state"])]
    return _OF_AN_UNDO.get(found, found) if undo else found


_OF_AN_UNDO = {"Being deleted": "Being undone", "Deleted": "Undone", "Partly deleted": "Partly undone"}


def _message(row: RowMapping | Mapping[str, Any]) -> str:
    if row["message_id"] is None:
        return ""
    return f"message “{row['message']}”" if row["message"] else f"message {row['message_id']}"


def _person(row: RowMapping | Mapping[str, Any]) -> str:
    if not row["person_id"]:
        return ""
    kind = kind_of(row["person_id"])
    return f"{row['person']} ({kind})" if row["person"] else f"{kind} {row['person_id']}"
