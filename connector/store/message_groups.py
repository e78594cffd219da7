"""The groups that each message was sent to: through them and the upload jobs a message belongs to a Campaign."""

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, Table, text

from connector.store.database import metadata, stage

message_groups = Table(
    "message_groups",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("group_id", BigInteger, primary_key=True),
)


def replace(connection: Connection, org_id: int, groups: Mapping[int, Sequence[int]]) -> None:
    """Remember the groups of these messages in place of those known; nothing is written where nothing changed."""
    rows = [(message, group) for message, its in groups.items() for group in (*dict.fromkeys(its), None)]
    stage(connection, "staged_message_groups", {"message_id": "BIGINT", "group_id": "BIGINT"}, rows)
    connection.execute(
        text("""
            DELETE FROM message_groups WHERE org_id = :org
                AND message_id IN (SELECT message_id FROM staged_message_groups WHERE group_id IS NULL)
                AND NOT EXISTS (SELECT 1 FROM staged_message_groups s
                    WHERE s.message_id = message_groups.message_id AND s.group_id = message_groups.group_id)
        """),
        {"org": org_id},
    )
    connection.execute(
        text("""
            INSERT INTO message_groups (org_id, message_id, group_id)
            SELECT :org, message_id, group_id FROM staged_message_groups WHERE group_id IS NOT NULL
            ON CONFLICT (org_id, message_id, group_id) DO NOTHING
        """),
        {"org": org_id},
    )
