"""A Salesforce user in front of the app, without a browser: Salesforce's own page launches it, and he reads it."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests

from tools.house import REALMAGNET_PASSWORD, REALMAGNET_USER, Plan

SECONDS = 60
_TOKEN = "Session-Token"


class VisitError(Exception):
    """A page did not come; the message says which and why."""


@dataclass
class Row:
    """One row of a table: what stands under each heading, and where its links lead."""

    cells: dict[str, str] = field(default_factory=dict[str, str])
    links: list[str] = field(default_factory=list[str])


@dataclass
class Table:
    """A table by its caption or label."""

    name: str = ""
    rows: list[Row] = field(default_factory=list[Row])


@dataclass
class Page:
    """What a page says: its figures by name, its tables, its links and the fields of its forms."""

    figures: dict[str, str] = field(default_factory=dict[str, str])
    tables: list[Table] = field(default_factory=list[Table])
    addresses: list[str] = field(default_factory=list[str])
    fields: dict[str, str] = field(default_factory=dict[str, str])
    text: str = ""

    def table(self, name: str) -> Table:
        """The table with this name in it. Raises `VisitError` if there is none."""
        for found in self.tables:
            if name.lower() in found.name.lower():
                return found
        raise VisitError(f"No table {name!r} among {[found.name for found in self.tables]}.")


class Visitor:
    """One user of the organization, who has logged in to Real Magnet."""

    def __init__(self, plan: Plan) -> None:
        self._web, self._token, self._session = plan.web_url, "", requests.Session()
        tab = self._session.get(f"{plan.salesforce_url}/lightning/n/Real_Magnet", timeout=SECONDS).text
        door = re.search(rf'"({re.escape(plan.web_url)}/canvas/[^"?]+)"', tab)
        launch = self._session.post(f"{plan.salesforce_url}/_canvas/renew", timeout=SECONDS).json()
        if door is None or "signed_request" not in launch:
            raise VisitError("Salesforce's tab launches no app.")
        answer = self._session.post(door[1], data={"signed_request": launch["signed_request"]}, timeout=SECONDS)
        token = re.search(r'name="session-token" content="([^"]+)"', answer.text)
        if token is None:
            raise VisitError(f"The app opened no session: {answer.status_code}.")
        self._token = html.unescape(token[1])
        if "/login" in answer.text:
            self.post("/login", {"username": REALMAGNET_USER, "password": REALMAGNET_PASSWORD})

    def open(self, address: str) -> Page:
        """The page at an address of the app."""
        return read(self.get(address).text)

    def get(self, address: str) -> requests.Response:
        """What the app answers to an address. Raises `VisitError` unless it is a page."""
        return self._ask("GET", address, None)

    def post(self, address: str, form: Mapping[str, str]) -> Page:
        """What the app answers to a form."""
        return read(self._ask("POST", address, form).text)

    def _ask(self, method: str, address: str, form: Mapping[str, str] | None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token}", "HX-Request": "true"}
        url = f"{self._web}{address}"
        answer = self._session.request(method, url, data=form, headers=headers, timeout=SECONDS)
        self._token = answer.headers.get(_TOKEN, self._token)
        if not answer.ok:
            raise VisitError(f"{method} {address} was answered {answer.status_code}: {read(answer.text).text[:300]}")
        return answer


def read(text: str) -> Page:
    """What stands in a page or a part of one."""
    reader = _Reader()
    reader.feed(text)
    reader.page.text = " ".join("".join(reader.words).split())
    return reader.page


class _Reader(HTMLParser):
    """Goes through a page once. A figure is an element with `data-figure`; `data-value` is its value, else its text."""

    def __init__(self) -> None:
        super().__init__()
        self.page, self.words = Page(), list[str]()
        self._heads = list[str]()
        self._cell: list[str] | None = None
        self._label = ""
        self._figure: tuple[str, str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "table":
            self.page.tables.append(Table(given.get("aria-label", "")))
            self._heads = []
        elif tag == "tr" and self.page.tables:
            self.page.tables[-1].rows.append(Row())
        elif tag in {"th", "td", "caption"}:
            self._cell, self._label = [], given.get("data-label", "")
        self._note(tag, given)
        if "data-figure" in given:
            value = given.get("data-value")
            if value is None:
                self._figure = (tag, given["data-figure"], [])
            else:
                self.page.figures[given["data-figure"]] = value

    def _note(self, tag: str, given: Mapping[str, str]) -> None:
        for name in ("href", "hx-get", "hx-post", "action"):
            if name in given:
                self.page.addresses.append(given[name])
                if tag == "a" and name == "href" and self._cell is not None and self.page.tables[-1].rows:
                    self.page.tables[-1].rows[-1].links.append(given[name])
        if tag == "input" and given.get("name"):
            self.page.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if self._figure and tag == self._figure[0]:
            self.page.figures[self._figure[1]] = " ".join("".join(self._figure[2]).split())
            self._figure = None
        if tag in {"th", "td", "caption"} and self._cell is not None:
            self._close_cell(tag, " ".join("".join(self._cell).split()))
            self._cell = None

    def _close_cell(self, tag: str, words: str) -> None:
        table = self.page.tables[-1]
        if tag == "caption":
            table.name = table.name or words
        elif len(table.rows) <= 1 and tag == "th":
            self._heads.append(words)
        elif table.rows:
            row = table.rows[-1].cells
            head = self._heads[len(row)] if len(row) < len(self._heads) else str(len(row))
            row[self._label or head] = words

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._cell is not None:
            self._cell.append(data)
        if self._figure is not None:
            self._figure[2].append(data)


def number(words: str) -> int:
    """The number that words begin with: `1,234` or `1,234 (3 %)`."""
    found = re.match(r"\s*([\d.,\u202f\u00a0]*\d)", words)
    return int(re.sub(r"\D", "", found[1])) if found else 0
