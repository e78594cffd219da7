"""Saves which kinds of activity an org wants back, where each is kept, and which are to be filled in."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, text

from connector.model.activity import COLLECTED, IN_SUMMARY, ActivityGroup, Mode
from connector.model.lists import LIST_OF


def choose(
    connection: Connection, org_id: int, kinds: Collection[str], modes: Mapping[str, str] | Mapping[ActivityGroup, Mode]
) -> None:
    """Select these groups and no others, among those that can be collected, and keep each in its mode.

    A list that one of its kinds leaves, or comes into, says something else from now on: its rows wait to be written.
    """
    before = _summed(connection, org_id)
    statement = text("""
        INSERT INTO kind_choices (org_id, activity_group, selected, mode) VALUES (:org, :group, :selected, :mode)
        ON CONFLICT (org_id, activity_group) DO UPDATE SET selected = excluded.selected, mode = excluded.mode
    """)
    connection.execute(
        statement,
        [
            {"org": org_id, "group": str(group), "selected": str(group) in kinds, "mode": str(modes[group])}
            for group in COLLECTED
        ],
    )
    for label in {LIST_OF[ActivityGroup(group)] for group in before ^ _summed(connection, org_id)}:
        connection.execute(_SAYS_SOMETHING_ELSE, {"org": org_id, "label": str(label)})


_SAYS_SOMETHING_ELSE = text("""
    UPDATE placements SET state = 'to write', attempts = 0, outcome = NULL
    WHERE org_id = :org AND activity_group = :label AND state = 'written' AND deletion_id IS NULL
""")


def _summed(connection: Connection, org_id: int) -> set[str]:
    """The kinds that are summed up in a list."""
    statement = text("SELECT activity_group, mode FROM kind_choices WHERE org_id = :org AND selected")
    found = connection.execute(statement, {"org": org_id})
    return {str(group) for group, mode in found if mode in IN_SUMMARY and group in LIST_OF}


def fill(connection: Connection, org_id: int, groups: Collection[str]) -> None:
    """Have what the ledger knows of these groups decided anew by the next run that writes (`activity/refill.py`)."""
    statement = text(
        "UPDATE kind_choices SET fill_after = '' WHERE org_id = :org AND activity_group = :group AND selected"
    )
    for group in groups:
        connection.execute(statement, {"org": org_id, "group": str(group)})


def to_fill(connection: Connection, org_id: int) -> dict[str, str]:
    """Group → the key of the last fact that was marked, for those that are still to be filled in."""
    statement = text(
        "SELECT activity_group, fill_after FROM kind_choices WHERE org_id = :org AND fill_after IS NOT NULL"
    )
    return {str(group): str(after) for group, after in connection.execute(statement, {"org": org_id})}
