"""Saves which kinds of activity an org wants back; where each is kept stays as it was."""

from collections.abc import Collection

from sqlalchemy import Connection, text

from connector.model.activity import COLLECTED


def choose(connection: Connection, org_id: int, kinds: Collection[str]) -> None:
    """Select these groups and no others, among those that can be collected."""
    statement = text("""
        INSERT INTO kind_choices (org_id, activity_group, selected) VALUES (:org, :group, :selected)
        ON CONFLICT (org_id, activity_group) DO UPDATE SET selected = excluded.selected
    """)
    connection.execute(
        statement, [{"org": org_id, "group": str(group), "selected": str(group) in kinds} for group in COLLECTED]
    )
