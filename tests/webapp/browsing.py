"""A real Chromium for tests, and a record of everything that travels between it and the app."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Request, Response, sync_playwright

from tools.chromium import ARGUMENTS, find


@dataclass
class Traffic:
    """What went to and came from the app's site, and what the browser complained of."""

    origin: str
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def cookies(self) -> list[str]:
        """Every cookie header between the browser and the app; there may be none."""
        sent = [f"{r.url} sent Cookie" for r in self.requests if "cookie" in r.all_headers()]
        came = [f"{r.url} came with Set-Cookie" for r in self.responses if r.header_value("set-cookie")]
        return sent + came

    def tokens_in_addresses(self) -> list[str]:
        """Addresses that hold anything as long as a token."""
        return [r.url for r in self.requests if any(len(p) > 40 for p in r.url.replace("?", "/").split("/")[3:])]


NO_THIRD_PARTIES = "--test-third-party-cookie-phaseout"
"""Keeps no cookie of a site in a frame of another one, as some browsers do always."""


@contextmanager
def chromium(app_origin: str, *arguments: str) -> Generator[tuple[Page, Traffic]]:
    """A fresh browser with one page, watched; started with more arguments than usual, if any."""
    traffic = Traffic(app_origin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=(*ARGUMENTS, *arguments))
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.on("request", lambda r: traffic.requests.append(r) if r.url.startswith(app_origin) else None)
        page.on("response", lambda r: traffic.responses.append(r) if r.url.startswith(app_origin) else None)
        page.on("console", lambda m: traffic.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: traffic.complaints.append(str(e)))
        try:
            yield page, traffic
        finally:
            browser.close()


def overflow(frame: Any) -> int:
    """How many pixels the frame's contents stick out at its right side."""
    return int(frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
