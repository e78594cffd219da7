"""Where list views are kept: columns, condition, scope and order beside the ListView rows."""

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.org import Org

_TABLE = "CREATE TABLE IF NOT EXISTS sandbox_list_view (id TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID"


@dataclass(frozen=True)
class Shape:
    """What a list view shows. ``where`` is SOQL; ``scope`` is ``mine`` or nothing."""

    columns: tuple[str, ...]
    where: str = ""
    scope: str | None = None
    order: tuple[str, ...] = ("Name",)


@dataclass(frozen=True)
class ListView:
    id: str
    name: str
    developer_name: str
    sobject: str
    compatible: bool
    shape: Shape


_SELECT = (
    "SELECT ListView.Id, Name, DeveloperName, SobjectType, IsSoqlCompatible, definition FROM ListView"
    " JOIN sandbox_list_view kept ON kept.id = ListView.Id WHERE IsDeleted = 0 AND SobjectType = ?"
)


def prepare(connection: sqlite3.Connection) -> None:
    connection.execute(_TABLE)


def save_shape(connection: sqlite3.Connection, view_id: str, shape: Shape) -> None:
    text = json.dumps(asdict(shape), ensure_ascii=False)
    connection.execute("INSERT OR REPLACE INTO sandbox_list_view (id, definition) VALUES (?, ?)", (view_id, text))


def _view(row: tuple[Any, ...]) -> ListView:
    view_id, name, developer_name, sobject, compatible, text = row
    given: dict[str, Any] = json.loads(text)
    shape = Shape(tuple(given["columns"]), given["where"], given["scope"], tuple(given["order"]))
    return ListView(view_id, name, developer_name, sobject, bool(compatible), shape)


class ListViews:
    """The list views of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        with org.database.writing() as connection:
            prepare(connection)

    def of(self, sobject: str) -> list[ListView]:
        with self._org.database.reading() as connection:
            return [_view(row) for row in connection.execute(f"{_SELECT} ORDER BY Name, ListView.row", (sobject,))]

    def find(self, sobject: str, view_id: str) -> ListView:
        """Raises ApiError for an unknown or deleted one, and for one of another object."""
        wanted = normalise(view_id)
        if wanted is None or wanted[:3] != "00B":
            raise ApiError(400, "MALFORMED_ID", f"List View ID: id value of incorrect type: {view_id}")  # assumed: text
        with self._org.database.reading() as connection:
            row = connection.execute(f"{_SELECT} AND ListView.Id = ?", (sobject, wanted)).fetchone()
        if row is None:
            raise not_found()
        return _view(row)
