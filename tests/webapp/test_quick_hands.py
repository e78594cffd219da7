"""Whoever is quicker than the answers loses neither a click nor an entry, in the browser and when requests overtake."""

from typing import Any

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from tests.webapp.conftest import House
from tests.webapp.test_frame import (  # noqa: F401  # pytest finds them by name
    browser,
    log_in,
    open_tab,
    parent,
    served,
)
from tests.webapp.wizarding import wizard_of

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
SHOW = "address => htmx.ajax('GET', address, { target: '#app', swap: 'innerHTML' })"
BACK_AT_ONCE = """() => document.addEventListener("htmx:before:settle", () => setTimeout(
    () => document.querySelector("button[value=back]").click()), { once: true })"""


@pytest.mark.browser
def test_no_click_is_lost_around_an_answer(browser: Any, parent: Any, served: House) -> None:  # noqa: F811  # the fixture
    wizard = wizard_of(served).to_when()
    page, traffic = browser
    frame = open_tab(page, parent)
    frame.get_by_role("heading", name="Home").wait_for()
    frame.evaluate(SHOW, f"/upload-jobs/{wizard.draft}/when")
    press_while_an_answer_moves_the_button(page, frame)
    press_while_the_page_around_moves_the_frame(page, frame)
    frame.evaluate(BACK_AT_ONCE)
    frame.evaluate(SHOW, f"/upload-jobs/{wizard.draft}/when")
    expect(frame.get_by_role("heading", name="Create Upload Job: Preview")).to_be_visible()
    assert [c for c in traffic.complaints if "422" not in c] == []


def press_while_an_answer_moves_the_button(page: Page, frame: Frame) -> None:
    """The list of next runs above Save goes away while Save is pressed."""
    frame.get_by_role("radio", name="Repeating").check()
    on_their_way: list[Route] = []
    page.route("**/when/times", lambda route: on_their_way.append(route))  # noqa: PLW0108  # it cannot take a method of a list
    for day in WEEK:
        frame.get_by_role("checkbox", name=day).uncheck()
    frame.get_by_role("button", name="Save", exact=True).hover()
    page.mouse.down()
    with page.expect_response("**/when/times"):
        on_their_way[-1].continue_()
    page.wait_for_timeout(100)
    page.mouse.up()
    page.unroute_all()
    expect(frame.get_by_role("checkbox", name="Monday")).to_have_attribute("aria-invalid", "true")


def press_while_the_page_around_moves_the_frame(page: Page, frame: Frame) -> None:
    """Salesforce makes our frame as high as we ask for, and that may come between press and release."""
    frame.get_by_role("checkbox", name="Sunday").check()
    frame.get_by_label("Name of the upload job").fill("x" * 201)
    frame.get_by_role("button", name="Save", exact=True).hover()
    page.mouse.down()
    page.evaluate("document.querySelector('iframe').style.marginTop = '200px'")
    page.wait_for_timeout(100)
    page.mouse.up()
    expect(frame.get_by_label("Name of the upload job")).to_have_attribute("aria-invalid", "true")


def test_what_was_entered_last_stays_though_it_arrives_first(house: House) -> None:
    wizard = wizard_of(house)

    def entered(request: str, soql: str) -> str:
        wizard.frame.client.environ_base["HTTP_ENTERED"] = request
        wizard.part("source/query", kind="Query", panel="Query", soql=soql)
        return wizard.job.entries["source"]["soql"]

    assert entered("a1 9", "first") == "first"
    assert entered("a1 10", "last") == "last"
    assert entered("a1 9", "first") == "last"
    assert entered("b2 1", "from another frame") == "from another frame"
    assert entered("no number", "from elsewhere") == "from elsewhere"
