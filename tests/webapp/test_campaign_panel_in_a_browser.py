"""The Campaign's panel in a real browser: by keyboard alone in a column of 320 px, and axe finds nothing wrong."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # the script only: its own runner sees pages, not frames
from playwright.sync_api import Frame, Page, expect

from connector.model.audience import Reason
from connector.model.runs import Phase, RunKind, RunState
from connector.store import attempts, runs
from tests.webapp.browsing import overflow
from tests.webapp.test_campaign_panel import PANEL, read_preview
from tests.webapp.test_frame import browser, log_in, open_tab, parent, served  # noqa: F401  # pytest finds them by name
from tests.webapp.upload_story import Story
from tests.webapp.vendors import FakeRealMagnet, FakeSalesforce, connect

pytestmark = pytest.mark.browser

CHECK = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"


def look(page: Page, frame: Frame) -> None:
    """What holds of every state of the panel, at every width."""
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(frame) == 0, width
    assert frame.evaluate(CHECK) == []


def test_a_first_upload_and_the_next_by_keyboard_in_a_narrow_column(request: pytest.FixtureRequest) -> None:
    page, traffic = request.getfixturevalue("browser")
    house, outside = request.getfixturevalue("served"), request.getfixturevalue("parent")
    connect(house, FakeSalesforce(), FakeRealMagnet())
    story = Story(house)
    frame = open_tab(page, outside)
    log_in(frame)
    frame.evaluate(AXE_SCRIPT)
    frame.evaluate("address => htmx.ajax('GET', address, { target: '#app', swap: 'innerHTML' })", PANEL)
    expect(frame.get_by_role("heading", name="Spring Gala")).to_be_focused()
    look(page, frame)
    choose(page, frame)
    read_preview(story, 3, *Reason)
    frame.get_by_role("button", name="Upload 3 people").press("Enter")
    expect(frame.get_by_role("heading", name="Group “Gala 2027”")).to_be_visible()
    watch(page, frame, story)
    decide(page, frame, story)
    assert [c for c in traffic.complaints if "422" not in c] == []
    assert traffic.cookies() == []
    assert traffic.tokens_in_addresses() == []


def choose(page: Page, frame: Frame) -> None:
    """A group that exists, then a new one whose name is taken, then one whose name is free."""
    frame.get_by_label("Group", exact=True).focus()
    page.keyboard.type("Newsl")
    expect(frame.get_by_text("“Newsletter” has 1,204 people now.")).to_be_visible()
    expect(frame.get_by_text("the 1,204 people in it now are taken out first")).to_be_visible()
    look(page, frame)
    frame.get_by_role("radio", name="A new group").press("Space")
    expect(frame.get_by_text("1,204")).to_have_count(0)
    expect(frame.get_by_label("Group", exact=True)).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("newsletter")
    page.keyboard.press("Enter")
    expect(frame.get_by_text("A group named “Newsletter” exists already.")).to_be_visible()
    expect(frame.get_by_label("Name of the new group")).to_be_focused()
    look(page, frame)
    frame.get_by_label("Name of the new group").fill("Gala 2027")
    frame.get_by_role("checkbox", name="Sent").press("Space")
    frame.get_by_role("button", name="See who will be uploaded").press("Enter")
    expect(frame.get_by_text("New group “Gala 2027”. Members with status Responded go into it.")).to_be_visible()
    expect(frame.get_by_text("Waiting for a worker to begin")).to_be_visible()
    look(page, frame)


def watch(page: Page, frame: Frame, story: Story) -> None:
    """The progress of the run, our own question before it is cancelled, and its end."""
    run_id = last_run(story)
    with story.house.database.write() as connection:
        attempts.begin(connection, run_id)
        runs.progress(connection, run_id, Phase.UPLOAD, 1, 3)
    expect(frame.get_by_text("1 of 3")).to_be_visible()
    look(page, frame)
    frame.get_by_role("button", name="Cancel").press("Enter")
    expect(frame.get_by_role("button", name="Keep it running")).to_be_focused()
    page.keyboard.press("Enter")
    story.read(run_id, 3, *Reason)
    story.end(run_id, RunState.COMPLETED)


def decide(page: Page, frame: Frame, story: Story) -> None:
    """One click starts the next run; it is held, and goes on when somebody says so."""
    frame.get_by_role("button", name="Upload to Real Magnet").press("Enter")
    expect(frame.get_by_text("Waiting for a worker to begin")).to_be_visible()
    run_id = last_run(story)
    with story.house.database.write() as connection:
        attempts.begin(connection, run_id)
    story.read(run_id, 1)
    with story.house.database.write() as connection:
        attempts.hold(connection, run_id, "The audience moved by 67 %.", "Look who left.")
    expect(frame.get_by_text("Held: nothing was uploaded yet.")).to_be_visible()
    look(page, frame)
    frame.get_by_role("button", name="Upload anyway").press("Enter")
    frame.get_by_role("dialog").get_by_role("button", name="Upload anyway").press("Enter")
    expect(frame.get_by_text("Waiting for a worker to begin")).to_be_visible()
    expect(frame.get_by_role("dialog")).to_have_count(0)


def last_run(story: Story) -> int:
    claim = story.house.outside.claims[-1]
    assert claim.kind is RunKind.UPLOAD
    return claim.run_id
