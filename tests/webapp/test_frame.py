"""The app in a real browser, framed by a page of another site as Salesforce frames it."""

import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect
from werkzeug.serving import make_server

from connector.model.runs import Phase, RunState, Trigger
from connector.settings import Settings
from connector.store import attempts, claims, runs, users
from connector.store.claims import Asked
from tests.webapp.browsing import Traffic, chromium, overflow
from tests.webapp.conftest import ORG, House, document, make_house, signed
from webapp.manage_data import form

pytestmark = pytest.mark.browser

PARENT = """<!doctype html><title>Salesforce</title>
<iframe name="canvas" title="Real Magnet" width="100%" height="1200"></iframe>
<form method="post" target="canvas"><input type="hidden" name="signed_request"></form>
<script>
  const form = document.querySelector("form"), told = [];
  const launch = async (url) => {
    const made = await (await fetch(url)).json();
    form.action = made.door; form.elements.signed_request.value = made.signed_request; form.submit();
  };
  window.addEventListener("message", async (event) => {
    const { body, seq } = JSON.parse(event.data);
    told.push({ origin: event.origin, type: body.type });
    if (body.type === "repost") launch("/fresh");
    if (body.type !== "refresh") return;
    const { signed_request: response } = await (await fetch("/fresh")).json();
    const answer = { type: "callback", seq, status: 200, payload: { response }, targetModule: "Canvas" };
    event.source.postMessage(JSON.stringify(answer), event.origin);
  });
  launch(location.search ? "/" + location.search.slice(1) : "/fresh");
</script>"""


@dataclass
class Parent:
    """Salesforce's side: a page that frames the app, and launches, fresh or worn."""

    door: str = ""
    origin: str = ""
    launches: int = 0
    locale: str = "en_US"
    stale: bool = False
    given: list[str] = field(default_factory=list)

    def fresh(self) -> dict[str, str]:
        self.launches += not self.stale
        changes = {
            "client__instanceUrl": self.origin,
            "client__oauthToken": f"token {self.launches}",
            "context__user__locale": self.locale,
        }
        self.given.append(signed(document(**changes)))
        return {"door": self.door, "signed_request": self.given[-1]}

    def again(self) -> dict[str, str]:
        return {"door": self.door, "signed_request": self.given[0]}


@pytest.fixture
def parent() -> Generator[Parent]:
    found = Parent()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            name = self.path.strip("/")
            made = {"fresh": found.fresh, "again": found.again}.get(name)
            body = json.dumps(made()).encode() if made else PARENT.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json" if made else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.origin = f"http://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def served(settings: Settings, parent: Parent) -> Generator[House]:
    house = make_house(replace(settings, session_seconds=600))
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    parent.door = f"http://127.0.0.1:{server.port}/canvas/{ORG}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield house
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(served: House, parent: Parent) -> Generator[tuple[Page, Traffic]]:
    with chromium(parent.door.partition("/canvas")[0]) as found:
        yield found


def open_tab(page: Page, parent: Parent, query: str = "") -> Frame:
    page.goto(f"{parent.origin}/{query}")
    frame = page.frame("canvas")
    assert frame is not None
    return frame


def log_in(frame: Frame) -> None:
    frame.get_by_label("Real Magnet user name").fill("ada")
    frame.get_by_label("Real Magnet password").fill("right")
    frame.get_by_label("Real Magnet password").press("Enter")
    expect(frame.get_by_role("heading", name="Home")).to_be_visible()


def test_log_in_and_go_everywhere_without_a_cookie(browser: Any, parent: Parent) -> None:
    page, traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    for name in ("Manage Data", "Runs", "Home"):
        frame.get_by_role("link", name=name, exact=True).click()
        expect(frame.get_by_role("heading", name=name, level=1)).to_be_focused()
        expect(frame.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
        assert frame.title() == f"{name} · Real Magnet"
    assert traffic.cookies() == []
    assert traffic.tokens_in_addresses() == []
    assert traffic.complaints == []
    assert page.context.cookies() == []
    assert len(traffic.requests) >= 8


def test_reopening_the_tab_needs_no_login(browser: Any, parent: Parent) -> None:
    page, _traffic = browser
    log_in(open_tab(page, parent))
    expect(open_tab(page, parent).get_by_role("heading", name="Home")).to_be_visible()


def test_sync_now_shows_progress_that_survives_leaving_the_page(browser: Any, parent: Parent, served: House) -> None:
    page, _traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    frame.get_by_role("button", name="Sync now").click()
    expect(frame.get_by_role("status")).to_have_text("Waiting for a worker to begin")
    run_id = served.outside.claims[0].run_id
    with served.database.write() as connection:
        attempts.begin(connection, run_id)
        runs.progress(connection, run_id, Phase.WRITE, 12_400, 31_050)
    expect(frame.get_by_role("status")).to_have_text("Writing to Salesforce")
    expect(frame.get_by_text("12,400 of 31,050")).to_be_visible()
    frame.get_by_role("link", name="Runs", exact=True).click()
    expect(frame.get_by_role("heading", name="Runs")).to_be_visible()
    frame.get_by_role("link", name="Home", exact=True).click()
    expect(frame.get_by_role("progressbar")).to_have_attribute("value", "12400")
    with served.database.write() as connection:
        runs.set_counts(connection, run_id, [("Sent", "Written", 31_050)])
        attempts.end(connection, run_id, RunState.COMPLETED)
    expect(frame.get_by_role("button", name="Sync now")).to_be_visible()
    expect(frame.get_by_role("row", name="Sent")).to_contain_text("31,050")


def test_a_connection_refused_meanwhile_is_redrawn_when_the_run_ends(
    browser: Any, parent: Parent, served: House
) -> None:
    page, traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    frame.get_by_role("button", name="Sync now").click()
    expect(frame.get_by_role("status")).to_have_text("Waiting for a worker to begin")
    connections = frame.get_by_role("region", name="Connections")
    expect(connections.get_by_text("Connected", exact=True)).to_have_count(1)
    with served.database.write() as connection:
        attempts.begin(connection, served.outside.claims[0].run_id)
        connection.exec_driver_sql("UPDATE realmagnet_connections SET refused = 'The password was changed.'")
        attempts.end(connection, served.outside.claims[0].run_id, RunState.FAILED, reason="Refused.")
    expect(connections).to_have_count(1)
    expect(connections.get_by_text("The password was changed.")).to_be_visible()
    expect(frame.get_by_role("button", name="Sync now")).to_be_visible()
    assert traffic.complaints == []


def test_cancel_is_asked_in_our_own_dialog_by_keyboard(browser: Any, parent: Parent, served: House) -> None:
    page, _traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    with served.database.write() as connection:
        run_id = claims.claim(connection, served.org_id, Asked(Trigger.HAND)).run_id
        attempts.begin(connection, run_id)
    frame.get_by_role("link", name="Home", exact=True).click()
    cancel = frame.get_by_role("button", name="Cancel", exact=True)
    cancel.focus()
    cancel.press("Enter")
    dialog = frame.get_by_role("dialog", name="Cancel this run?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Keep it running")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(cancel).to_be_focused()
    cancel.press("Enter")
    dialog.get_by_role("button", name="Cancel the run").click()
    expect(frame.get_by_role("status")).to_have_text("Stopping at the next safe place")
    expect(dialog).to_be_hidden()


def test_manage_data_previews_while_typing_and_keeps_what_was_typed(browser: Any, parent: Parent) -> None:
    page, traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    frame.get_by_role("link", name="Manage Data", exact=True).click()
    frame.get_by_label("Local time").fill("4:30 am")
    frame.get_by_label("Time zone").fill("Asia/Tokyo")
    expect(frame.locator("#preview")).to_contain_text("4:30 AM JST")
    frame.get_by_label("Time zone").fill("Atlantis")
    frame.get_by_role("checkbox", name="Opened").evaluate("box => box.click()")
    frame.get_by_role("button", name="Save").click()
    expect(frame.get_by_text(form.ZONE_WORDS)).to_be_visible()
    assert frame.evaluate("document.activeElement.id") == "zone"
    expect(frame.get_by_label("Time zone")).to_have_value("Atlantis")
    expect(frame.get_by_role("checkbox", name="Opened")).not_to_be_checked()
    frame.get_by_label("Time zone").fill("asia/tokyo")
    frame.get_by_role("button", name="Save").click()
    expect(frame.get_by_text("Saved.")).to_be_visible()
    assert [c for c in traffic.complaints if "422" not in c] == []


def test_a_launch_seen_before_gets_a_fresh_one_from_the_page_around_it(browser: Any, parent: Parent) -> None:
    page, _traffic = browser
    log_in(open_tab(page, parent))
    frame = open_tab(page, parent, "?again")
    expect(frame.get_by_role("heading", name="Home")).to_be_visible()
    assert {"origin": parent.door.partition("/canvas")[0], "type": "repost"} in page.evaluate("told")


def test_a_parent_without_a_fresh_launch_ends_at_a_clear_refusal(browser: Any, parent: Parent) -> None:
    page, _traffic = browser
    log_in(open_tab(page, parent))
    parent.stale = True
    frame = open_tab(page, parent)
    expect(frame.get_by_role("heading", name="Salesforce could not open Real Magnet")).to_be_visible()


def test_a_session_that_ended_is_opened_again_by_the_page_around_it(
    browser: Any, parent: Parent, served: House
) -> None:
    page, _traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    with served.database.write() as connection:
        users.revoke(connection, connection.exec_driver_sql("SELECT id_hash FROM sessions").scalar_one())
    frame.get_by_role("link", name="Runs", exact=True).click()
    page.wait_for_function("told.some(({ type }) => type === 'repost')")
    expect(frame.get_by_role("button", name="Sync now")).to_be_visible()
    frame.get_by_role("link", name="Runs", exact=True).click()
    expect(frame.get_by_role("heading", name="Runs")).to_be_visible()
    assert [one["type"] for one in page.evaluate("told")].count("repost") == 1


def test_a_session_that_ran_out_is_renewed_under_the_page_and_what_was_typed_is_saved(
    browser: Any, parent: Parent, served: House
) -> None:
    page, _traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    frame.get_by_role("link", name="Manage Data", exact=True).click()
    frame.get_by_label("Local time").fill("4:30 am")
    run_out(served)
    frame.get_by_role("button", name="Save").click()
    expect(frame.get_by_text("Saved.")).to_be_visible()
    assert "4:30" in frame.get_by_label("Local time").input_value()
    assert "repost" not in [one["type"] for one in page.evaluate("told")]


def test_another_user_does_not_go_on_with_the_page_of_the_first(browser: Any, parent: Parent, served: House) -> None:
    page, _traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    frame.get_by_role("link", name="Manage Data", exact=True).click()
    frame.get_by_label("Local time").fill("4:30 am")
    run_out(served)
    with served.database.write() as connection:  # as if the page around us were somebody else's now
        connection.exec_driver_sql("UPDATE users SET salesforce_id = '005000000000009AAA'")
    frame.get_by_role("button", name="Save").click()
    expect(frame.get_by_role("heading", name="Log in to Real Magnet")).to_be_visible()
    with served.database.read() as connection:
        assert connection.exec_driver_sql("SELECT local_time FROM nights WHERE org_id = 1").scalar_one() == "02:00"


def run_out(house: House) -> None:
    """Every session has just come to the end of its time."""
    with house.database.write() as connection:
        connection.exec_driver_sql("UPDATE sessions SET expires_at = 0")


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_sticks_out_at_any_width(browser: Any, parent: Parent, served: House, width: int) -> None:
    page, _traffic = browser
    frame = open_tab(page, parent)
    log_in(frame)
    with served.database.write() as connection:
        run_id = claims.claim(connection, served.org_id, Asked(Trigger.HAND)).run_id
        attempts.begin(connection, run_id)
        runs.set_counts(connection, run_id, [("Unsubscribed", o, 1_234_567) for o in ("Written", "Unmatched", "Held")])
        attempts.end(connection, run_id, RunState.COMPLETED_WITH_ERRORS)
    page.set_viewport_size({"width": width, "height": 900})
    for name in ("Home", "Manage Data", "Runs"):
        frame.get_by_role("link", name=name, exact=True).click()
        expect(frame.get_by_role("heading", name=name, level=1)).to_be_visible()
        assert overflow(frame) <= 0, name
    frame.get_by_role("link", name=f"Run {run_id}").click()
    expect(frame.get_by_role("heading", name=f"Run {run_id}")).to_be_visible()
    assert overflow(frame) <= 0
