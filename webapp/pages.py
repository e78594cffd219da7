"""Renders a screen: as a fragment when our frame asks for it, as a whole document for the launch and for strangers."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, make_response, render_template, request

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"


@dataclass(frozen=True)
class Parent:
    """The Salesforce page around us: where its messages come from, by which name it knows our frame, and our door."""

    origin: str
    instance: str
    door: str


def page(template: str, title: str, **values: Any) -> Response:
    """A screen with its title. Inside the frame only its contents travel."""
    layout = "layouts/fragment.html" if in_frame() else "layouts/document.html"
    return make_response(render_template(template, title=title, layout=layout, **values))


def part(template: str, **values: Any) -> Response:
    """A part of a screen that replaces itself."""
    return make_response(render_template(template, **values))


def in_frame() -> bool:
    """Whether our own frame asks, by htmx, for contents of a page that it already shows."""
    return request.headers.get("HX-Request") == "true"


@cache
def asset(path: str) -> str:
    """The address of a static file with its contents' hash, so that it may be kept for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"
