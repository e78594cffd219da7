"""A seeded org behind its application, and a caller who knows the addresses of reports and list views."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from sandbox.salesforce.app import create_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.salesforce.seed import seed
from tests.sandbox.salesforce.conftest import BASE, Caller

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SELECT = "SELECT"
Line = tuple[Any, ...]


def seeded_app(folder: Path) -> Flask:
    """The ordinary demo's org; close it with ``close_app``."""
    org = Org(folder / "org")
    seed(org)
    return create_app(org, AppOptions(instance_url=BASE))


class Analyst(Caller):
    """Runs reports by name."""

    def found(self, sobject: str, where: str, fields: str = "Id") -> list[dict[str, Any]]:
        """The records of a query, two thousand at most."""
        return self.records(f"{_SELECT} {fields} FROM {sobject} WHERE {where} LIMIT 2000")

    def count(self, sobject: str, where: str) -> int:
        return int(self.query(f"{_SELECT} count() FROM {sobject} WHERE {where}")["totalSize"])

    def report_id(self, name: str) -> str:
        (found,) = self.found("Report", f"Name = '{name}'")
        return str(found["Id"])

    def path(self, name: str) -> str:
        return f"/analytics/reports/{self.report_id(name)}"

    def run(self, name: str, changes: dict[str, Any] | None = None, **options: Any) -> Any:
        """A run with its details, changed by some of reportMetadata."""
        path = f"{self.path(name)}?includeDetails=true"
        if changes is None:
            return self("GET", path, **options).json
        return self("POST", path, json={"reportMetadata": changes}, **options).json

    def describe(self, name: str) -> Any:
        return self("GET", f"{self.path(name)}/describe").json

    def excel(self, name: str) -> TestResponse:
        return self("GET", self.path(name), headers={"Accept": XLSX})

    def admin(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/_sandbox/{path}", json=body, base_url=BASE).json


def rows_of(result: Any) -> list[list[Any]]:
    """The values of every detail row, wherever in the fact map."""
    return [[cell["value"] for cell in row["dataCells"]] for row in detail_rows(result)]


def detail_rows(result: Any) -> Iterator[Any]:
    for fact in result["factMap"].values():
        yield from fact.get("rows", [])


def sheet(reply: TestResponse) -> list[Line]:
    """The lines of an Excel file without the margin, all as wide as the widest."""
    book = load_workbook(BytesIO(reply.data), read_only=True)
    lines = [tuple(line[1:]) for line in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    width = max(map(len, lines))
    return [(*line, *[None] * (width - len(line))) for line in lines]


def below(lines: list[Line], first: str) -> list[Line]:
    """The lines from the header on, whose first label begins so."""
    start = next(number for number, line in enumerate(lines) if line and str(line[0] or "").startswith(first))
    return lines[start:]
