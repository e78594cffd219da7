"""The groups of a message are those that the vendor named last."""

from sqlalchemy import text

from connector.store import message_groups
from connector.store.database import Database


def test_the_groups_named_last_are_those_that_count(database: Database, org_id: int) -> None:
    for told in ({1: (5, 6, 5), 2: (5,)}, {1: (6, 7)}, {2: ()}):
        with database.write() as connection:
            message_groups.replace(connection, org_id, told)
    with database.read() as connection:
        rows = connection.execute(text("SELECT message_id, group_id FROM message_groups ORDER BY 1, 2"))
        assert [tuple(row) for row in rows] == [(1, 6), (1, 7)]
