"""Upload jobs in a real browser, framed by another site: the file of a click, the dialogs, and every width."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from connector.model.audience import Reason
from connector.model.runs import Phase, RunState
from connector.store import attempts, runs
from tests.webapp.axe import findings
from tests.webapp.browsing import overflow
from tests.webapp.conftest import House
from tests.webapp.test_frame import (  # noqa: F401  # pytest finds them by name
    browser,
    log_in,
    open_tab,
    parent,
    pytestmark,
    served,
)
from tests.webapp.upload_story import Story

LONG = "Everybody of the northern chapters who was ever invited to a conference"


def told(house: House) -> tuple[int, int, int]:
    """A run that went through, one that is held and one at work, of three jobs."""
    story = Story(house)
    job_id = story.job("Spring Conference")
    story.ran(job_id, 2)
    whole = story.ran(job_id, 5, *Reason)
    held_job = story.job("Lapsed")
    story.ran(held_job, 8)
    held = story.begun(held_job)
    story.read(held, 1)
    at_work = story.begun(story.job(LONG))
    with house.database.write() as connection:
        attempts.hold(connection, held, "7 of 8 people left.", "Look at the source.")
        runs.progress(connection, at_work, Phase.UPLOAD, 4000, 9000)
    return whole, held, at_work


def test_people_in_one_click_and_decisions_by_keyboard(browser: Any, parent: Any, served: House) -> None:  # noqa: F811  # the fixture
    whole, held, _at_work = told(served)
    page, traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    frame.get_by_role("link", name="Upload Jobs", exact=True).click()
    frame.get_by_role("link", name="Spring Conference", exact=True).click()
    frame.get_by_role("link", name="5 mailable").click()
    heading = frame.get_by_role("heading", name="5 mailable", level=1)
    expect(heading).to_be_focused()
    with page.expect_download() as download:
        frame.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == f"Spring Conference - run {whole} - mailable.csv"
    assert Path(download.value.path()).read_text("utf-8-sig").count("@example.org") == 5
    expect(heading).to_be_visible()

    frame.get_by_role("link", name="Upload Jobs", exact=True).click()
    frame.get_by_role("link", name="Lapsed", exact=True).click()
    frame.get_by_role("button", name="Upload anyway").press("Enter")
    expect(frame.get_by_role("dialog", name="Upload anyway?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(frame.get_by_role("button", name="Upload anyway")).to_be_focused()
    page.keyboard.press("Enter")
    frame.get_by_role("dialog").get_by_role("button", name="Upload anyway").press("Enter")
    expect(frame.get_by_role("heading", name=f"Upload: Lapsed, run {held}")).to_be_focused()
    expect(frame.get_by_role("dialog")).to_have_count(0)
    assert [claim.run_id for claim in served.outside.claims] == [held]
    assert traffic.tokens_in_addresses() == []
    assert traffic.complaints == []


def test_every_page_is_clean_and_fits_every_width_and_follows_a_run(browser: Any, parent: Any, served: House) -> None:  # noqa: F811  # the fixture
    whole, held, at_work = told(served)
    page, traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    addresses = ["/upload-jobs", f"/runs/{whole}", f"/runs/{held}", f"/runs/{whole}/audience?reason=rows", "/runs"]
    addresses += [f"/upload-jobs/{job_id}" for job_id in (1, 2, 3)]
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for address in addresses:
            frame.evaluate("address => htmx.ajax('GET', address, { target: '#app', swap: 'innerHTML' })", address)
            assert overflow(frame) == 0, (address, width)
            assert width > 320 or findings(frame) == [], address
    expect(frame.get_by_text("4,000 of 9,000")).to_be_visible()
    with served.database.write() as connection:
        runs.progress(connection, at_work, Phase.UPLOAD, 6000, 9000)
    expect(frame.get_by_text("6,000 of 9,000")).to_be_visible()
    Story(served).end(at_work, RunState.FAILED, reason="Real Magnet refused the file.")
    expect(frame.get_by_text("Real Magnet refused the file.")).to_be_visible()
    expect(frame.get_by_role("button", name="Run now")).to_be_visible()
    assert traffic.complaints == []
