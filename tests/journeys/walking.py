"""A person in front of the Real Magnet tab: finds everything by what can be read, and counts the steps it takes."""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page, expect

from tools.house import REALMAGNET_PASSWORD, REALMAGNET_USER, House

FITS = "() => Math.abs(innerHeight - Math.min(Math.max(document.body.offsetHeight, 400), 2000)) <= 8"
"""Salesforce has made the frame as high as the screen in it: until then a new screen still moves."""

SOON = 60_000
"""Longest that a preview or a run may take on a busy machine, in milliseconds."""


def open_tab(page: Page, house: House) -> Frame:
    """Open Salesforce and its tab *Real Magnet*; the frame with the app in it."""
    page.goto(house.plan.salesforce_url)
    page.get_by_role("link", name="Real Magnet", exact=True).first.click()
    page.wait_for_url("**/lightning/n/Real_Magnet")
    return frame_of(page)


def frame_of(page: Page) -> Frame:
    """The app's frame in a page of Salesforce."""
    element = page.wait_for_selector("iframe[data-canvas]", state="attached")
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    return frame


def log_in_once(frame: Frame) -> None:
    """Link the Salesforce user with Real Magnet, unless a test before did."""
    password = frame.get_by_label("Real Magnet password")
    expect(password.or_(frame.get_by_role("heading", level=1)).first).to_be_visible()
    if password.count():
        frame.get_by_label("Real Magnet user name").fill(REALMAGNET_USER)
        password.fill(REALMAGNET_PASSWORD)
        frame.get_by_role("button", name="Log in").click()


@dataclass
class Walk:
    """One way through the app. A step is a click, a choice, a file or a filling; looking is none."""

    page: Page
    frame: Frame
    steps: list[str] = field(default_factory=list[str])

    def click(self, role: Any, name: str) -> None:
        self.frame.get_by_role(role, name=name, exact=True).click()
        self.steps.append(f"click {name}")

    def choose(self, name: str) -> None:
        self.frame.get_by_role("radio", name=name, exact=True).check()
        self.steps.append(f"choose {name}")

    def untick(self, name: str) -> None:
        self.frame.get_by_role("checkbox", name=name, exact=True).uncheck()
        self.steps.append(f"untick {name}")

    def tick(self, name: str) -> None:
        self.frame.get_by_role("checkbox", name=name, exact=True).check()
        self.steps.append(f"tick {name}")

    def give(self, label: str, file: Path) -> None:
        self.frame.get_by_label(label).set_input_files(file)
        self.steps.append(f"choose a file for {label}")

    def fetch(self, link: str, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.click("link", link)
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def fill(self, label: str, text: str) -> None:
        self.frame.get_by_label(label).fill(text)
        self.steps.append(f"fill {label}")

    def next(self, heading: str) -> None:
        self.click("button", "Next")
        self.sees(heading)

    def sees(self, heading: str) -> None:
        expect(self.frame.get_by_role("heading", name=heading, level=1)).to_be_visible(timeout=SOON)
        self.frame.wait_for_function(FITS)

    def numbers(self) -> list[int]:
        """The waterfall's four numbers, once they are there."""
        fall = self.frame.get_by_role("list", name="From the source to the people who are uploaded")
        expect(fall).to_be_visible(timeout=SOON)
        found = [fall.get_by_text(re.compile(rf"^[\d,]+ {label}$")) for label in STEPS]
        return [int(re.sub(r"\D", "", one.first.inner_text())) for one in found]

    def download(self, folder: Path) -> list[dict[str, str]]:
        """The file that one click on this page brings."""
        with self.page.expect_download() as download:
            self.frame.get_by_role("button", name="Download as CSV").click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


STEPS = ("rows", "with an address", "distinct", "mailable")
