"""Where reports are kept: definitions beside the Report rows, who ran what, and the results of asynchronous runs."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.analytics.definition import (
    Definition,
    read_dates,
    read_filters,
    read_groupings,
    read_sort,
)
from sandbox.salesforce.analytics.refusals import no_report
from sandbox.salesforce.analytics.types import ReportType, report_types
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.org import Org

RECENT = 200
_TABLES = """
CREATE TABLE IF NOT EXISTS sandbox_report (id TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sandbox_report_seen (
    user TEXT NOT NULL, report TEXT NOT NULL, seen TEXT NOT NULL, PRIMARY KEY (user, report)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sandbox_report_run (
    id TEXT PRIMARY KEY, report TEXT NOT NULL, user TEXT NOT NULL, requested TEXT NOT NULL, begun REAL NOT NULL,
    details INTEGER NOT NULL, failed INTEGER NOT NULL, body TEXT NOT NULL
);
"""


def prepare(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";"):
        connection.execute(statement)


def save_definition(connection: sqlite3.Connection, report_id: str, definition: Mapping[str, object]) -> None:
    """Definitions are written in the words of reportMetadata, with ``reportType`` as the type's name alone."""
    text = json.dumps(definition, ensure_ascii=False)
    connection.execute("INSERT OR REPLACE INTO sandbox_report (id, definition) VALUES (?, ?)", (report_id, text))


@dataclass(frozen=True)
class Known:
    id: str
    name: str


class Reports:
    """The reports of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._types: dict[str, ReportType] = report_types(org.schema)
        with org.database.writing() as connection:
            prepare(connection)

    def find(self, report_id: str) -> Definition:
        """Raises ApiError for an unknown or deleted one."""
        wanted = normalise(report_id)
        sql = (
            "SELECT Name, DeveloperName, Description, definition FROM Report"
            " JOIN sandbox_report kept ON kept.id = Report.Id WHERE Report.Id = ? AND IsDeleted = 0"
        )
        with self._org.database.reading() as connection:
            found = connection.execute(sql, (wanted,)).fetchone()
        if wanted is None or found is None:
            raise no_report()
        name, developer_name, description, text = found
        given: dict[str, Any] = json.loads(text)
        return Definition(
            wanted,
            *(name, developer_name, description, self._types[given["reportType"]]),
            given["reportFormat"],
            tuple(given["detailColumns"]),
            read_filters(given.get("reportFilters", [])),
            given.get("reportBooleanFilter"),
            read_sort(given.get("sortBy", [])),
            read_groupings(given.get("groupingsDown", [])),
            read_groupings(given.get("groupingsAcross", [])),
            given.get("scope", "organization"),
            read_dates(given.get("standardDateFilter", {})),
        )

    def seen(self, user_id: str, report_id: str, *, run: bool) -> None:
        """Remember that a user looked at a report, or ran it."""
        now = self._org.clock.system_stamp()
        with self._org.database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO sandbox_report_seen VALUES (?, ?, ?)", (user_id, report_id, now))
            if run:
                connection.execute("UPDATE Report SET LastRunDate = ? WHERE Id = ?", (now, report_id))

    def recent(self, user_id: str) -> list[Known]:
        """What this user saw last; assumed: looking at a report through the API counts."""
        sql = (
            "SELECT Report.Id, Name FROM sandbox_report_seen JOIN Report ON Report.Id = report"
            " WHERE user = ? AND IsDeleted = 0 ORDER BY seen DESC, Report.row LIMIT ?"
        )
        with self._org.database.reading() as connection:
            return [Known(*row) for row in connection.execute(sql, (user_id, RECENT))]
