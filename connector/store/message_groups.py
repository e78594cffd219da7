"""The groups that each message was sent to: through them and the upload jobs a message belongs to a Campaign."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table

from connector.store.database import metadata

message_groups = Table(
    "message_groups",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("group_id", BigInteger, primary_key=True),
)
