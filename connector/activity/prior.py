"""Prior rows: what Salesforce says of a row is kept before a run changes it, so that the run can be undone."""

from collections.abc import Sequence
from typing import Any

import orjson

from connector.activity.layouts import Layout
from connector.activity.night import Night
from connector.activity.spool import Spool
from connector.store import prior_rows
from connector.store.database import chunks

LOOKED_AT = 2000
"""Rows that one call tells of."""


def keep_prior(night: Night, layout: Layout, standing: Spool) -> None:
    """Keep what these placements (a row each, with its number) say in Salesforce; the run's first look counts."""
    for chunk in chunks(standing, LOOKED_AT):
        with night.database.read() as connection:
            wanted = prior_rows.not_kept(connection, night.run_id, chunk)
        if not wanted:
            continue
        found = night.salesforce.retrieve(layout.object_name, list(wanted), layout.header[1:])
        rows = [
            (*wanted[str(row["Id"])], str(row["Id"]), _content(layout, row)) for row in found if row["Id"] in wanted
        ]
        with night.write() as connection:
            prior_rows.keep(connection, night.org_id, night.run_id, layout.object_name, rows)
        night.reached("prior rows kept")


def _content(layout: Layout, row: dict[str, Any]) -> str:
    by_name = {name.lower(): value for name, value in row.items()}
    return orjson.dumps({name: by_name.get(name.lower()) for name in layout.header[1:]}).decode()


def texts(layout: Layout, content: str) -> Sequence[str]:
    """What a row said, as a file says it; empty for null."""
    said = orjson.loads(content)
    return [_text(said.get(name)) for name in layout.header[1:]]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return f"{text[:-5]}Z" if text.endswith("+0000") else text
