"""The links of messages that somebody clicked."""

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, String, Table, Text, text

from connector.model.tracking import url_hash
from connector.store.database import metadata

links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("label", String(255), nullable=False, server_default=""),
    Column("text", String(255), nullable=False, server_default=""),
    Column("url_hash", String(16), nullable=False, server_default=""),
    Column("clicks", BigInteger, nullable=False, server_default="0"),
    Column("people", BigInteger, nullable=False, server_default="0"),
    Index("uq_links_org_id", "org_id", "message_id", "url", unique=True),
)
"""`url_hash` names a link in Salesforce, as our own ids may be given anew; `clicks` and `people` are its figures."""


def link_id(connection: Connection, org_id: int, message_id: int, url: str) -> int:
    """The id of a link of a message, made on first sight."""
    return int(
        connection.execute(
            text("""
                INSERT INTO links (org_id, message_id, url, url_hash) VALUES (:org, :message, :url, :hash)
                ON CONFLICT (org_id, message_id, url) DO UPDATE SET url = excluded.url RETURNING id
            """),
            {"org": org_id, "message": message_id, "url": url, "hash": url_hash(url)},
        ).scalar_one()
    )


def name_link(connection: Connection, link: int, label: str, caption: str) -> None:
    """Keep a link's label and text as the vendor last gave them; rows that call it otherwise are written anew."""
    values = {"id": link, "label": label[:255], "caption": caption[:255]}
    if connection.execute(_NAME, values).rowcount:
        connection.execute(_OWN_ROWS, values)
        connection.execute(_ROWS_OF_CLICKS, values)


_NAME = text(
    "UPDATE links SET label = :label, text = :caption WHERE id = :id AND (label <> :label OR text <> :caption)"
)
_ANEW = "UPDATE placements SET state = 'to write', attempts = 0, outcome = NULL"
_OF_THE_LINK = (
    "org_id = (SELECT org_id FROM links WHERE id = :id) AND message_id = (SELECT message_id FROM links WHERE id = :id) "
    "AND state = 'written'"
)
_OWN_ROWS = text(f"{_ANEW} WHERE {_OF_THE_LINK} AND link_id = :id")
_ROWS_OF_CLICKS = text(f"""
    {_ANEW} WHERE {_OF_THE_LINK} AND fact_key IN (
        SELECT f.key FROM facts f WHERE f.org_id = placements.org_id AND f.message_id = placements.message_id
            AND f.activity_group = 'Clicked' AND f.link_id = :id)
""")  # noqa: S608  # ours
