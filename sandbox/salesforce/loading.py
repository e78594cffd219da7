"""Puts ready rows straight into the org's tables, for seeds; knows no people and no checks."""

from collections.abc import Iterable, Sequence

from sandbox.salesforce.database import quoted
from sandbox.salesforce.org import Org

BORN = "2025-03-03T09:00:00.000+0000"  # before every message of the demo


def load_rows(org: Org, sobject: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Put rows with ready ids straight into a table, without the API's checks; dates are given when absent."""
    owner = org.user_ids[1]
    stamps = {
        "CreatedDate": BORN,
        "LastModifiedDate": BORN,
        "SystemModstamp": BORN,
        "CreatedById": owner,
        "LastModifiedById": owner,
    }
    if org.schema.get(sobject).find("OwnerId"):
        stamps["OwnerId"] = owner
    missing = {name: value for name, value in stamps.items() if name not in columns}
    names = ",".join(quoted(name) for name in (*columns, *missing))
    marks = ",".join("?" * (len(columns) + len(missing)))
    tail = tuple(missing.values())
    with org.database.writing() as connection:
        connection.executemany(
            f"INSERT INTO {quoted(sobject)} ({names}) VALUES ({marks})", ((*row, *tail) for row in rows)
        )
