"""A frame without a browser: it carries the token as our script does, and looks at every page it is given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

VOID = {"meta", "link", "input", "br", "hr", "img", "option", "path", "rect"}


@dataclass
class Element:
    """One element with its attributes, the text inside it, and the elements around it."""

    name: str
    attributes: dict[str, str]
    around: list[Element]
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


class Page(HTMLParser):
    """A page or a part of one, read; `faults` is what is wrong with it whatever it shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, list(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().name != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        for element in self._open:
            element.words.append(data)

    @property
    def title(self) -> str:
        return next((e.text for e in self.elements if e.name == "title"), "")

    @property
    def text(self) -> str:
        return " ".join("".join(self._words).split())

    def find(self, selector: str) -> list[Element]:
        """Elements by `name`, `#id`, `.class` or `name[attribute='value']`."""
        if selector.startswith("#"):
            return [e for e in self.elements if e.attributes.get("id") == selector[1:]]
        if selector.startswith("."):
            return [e for e in self.elements if selector[1:] in e.attributes.get("class", "").split()]
        name, _, condition = selector.rstrip("]").partition("[")
        attribute, _, value = condition.partition("=")
        return [
            e
            for e in self.elements
            if e.name == name and (not attribute or e.attributes.get(attribute) == value.strip("'"))
        ]

    def faults(self) -> list[str]:
        """What no page of ours may have."""
        ids = Counter(e.attributes["id"] for e in self.elements if "id" in e.attributes)
        found = [f"id {name} twice" for name, count in ids.items() if count > 1]
        found += [f"empty id on {e.name}" for e in self.elements if e.attributes.get("id") == ""]
        labels = {e.attributes.get("for") for e in self.elements if e.name == "label"}
        for e in self.elements:
            named = e.attributes.get("id") in labels or {"aria-label", "aria-labelledby"} & e.attributes.keys()
            seen = e.attributes.get("type") != "hidden"
            if e.name in {"input", "select", "textarea", "progress", "nav"} and seen and not named:
                found.append(f"{e.name} {e.attributes} has no label")
            if e.name == "style" or "style" in e.attributes or any(a.startswith(("on", "hx-on")) for a in e.attributes):
                found.append(f"inline style or script on {e.name}")
            if e.name == "script" and ("src" not in e.attributes or e.text):
                found.append("inline script")
            if e.name == "form" and not e.attributes.get("action"):
                found.append("form without action")
            for reference in ("aria-describedby", "aria-labelledby"):
                missing = [name for name in e.attributes.get(reference, "").split() if name not in ids]
                found += [f"{reference} names {name}, which is not there" for name in missing]
            if e.name == "button" and not e.text:
                found.append("button without words")
        return found


class Frame:
    """Salesforce's frame around us: no cookie, the newest token on every request."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""
        self.page = Page("")
        self.status = 0
        self.headers: Any = {}

    def post_launch(self, door: str, signed_request: str) -> Frame:
        return self.seen(self.client.post(f"/canvas/{door}", data={"signed_request": signed_request}), whole=True)

    def open(self, address: str, **query: str) -> Frame:
        """As a browser opens an address: without our script, so without a token."""
        return self.seen(self.client.get(address, query_string=query or None), whole=True)

    def go(self, address: str, **query: str) -> Frame:
        return self.seen(self.client.get(address, query_string=query or None, headers=self._headers()))

    def submit(self, address: str, **values: Any) -> Frame:
        return self.seen(self.client.post(address, data=values, headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        headers = {"HX-Request": "true"}
        return headers | {"Authorization": f"Bearer {self.token}"} if self.token else headers

    def seen(self, answer: TestResponse, *, whole: bool = False) -> Frame:
        """Show an answer, and hold what every answer must hold."""
        self.page, self.status, self.headers = Page(answer.text), answer.status_code, answer.headers
        meta = self.page.find("meta[name='session-token']")
        self.token = answer.headers.get("Session-Token") or (meta[0].attributes["content"] if meta else self.token)
        assert "Set-Cookie" not in answer.headers
        assert "X-Frame-Options" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
        if answer.mimetype == "text/html":
            assert self.page.faults() == []
            whole_screen = self.page.find("main")
            assert not (whole or whole_screen) or self.page.title.endswith(" · Real Magnet")
        return self
