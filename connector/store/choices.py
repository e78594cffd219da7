"""Saves which kinds of activity an org wants back, where each is kept, and which are to be filled in."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, text

from connector.model.activity import COLLECTED, ActivityGroup, Mode


def choose(
    connection: Connection, org_id: int, kinds: Collection[str], modes: Mapping[str, str] | Mapping[ActivityGroup, Mode]
) -> None:
    """Select these groups and no others, among those that can be collected, and keep each in its mode."""
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
