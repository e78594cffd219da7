"""A real browser: the frame, the messages between frame and parent, cookies, widths, accessibility basics."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tools.chromium import ARGUMENTS, find

STRICT = (*ARGUMENTS, "--test-third-party-cookie-phaseout")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=STRICT)
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(15_000)
    yield page
    page.close()


@pytest.fixture
def frame(page, face) -> Any:
    """The application's page inside the tab, launched."""
    page.goto(f"{face.url}/lightning/n/Real_Magnet")
    page.frame_locator("iframe[data-canvas]").locator("#launched").wait_for()
    return next(frame for frame in page.frames if frame.url.startswith(face.options.app_url))


def config(frame: Any) -> dict[str, Any]:
    instance = frame.evaluate("window.name").removeprefix("canvas-frame-")
    return {"client": {"oauthToken": "null", "instanceId": instance, "targetOrigin": "*"}}


def ask(frame: Any, **body: Any) -> dict[str, Any]:
    return frame.evaluate("body => window.ask(body)", {"config": config(frame), **body})


def repost(page: Page, method: str) -> None:
    """Let the framed page ask for a launch, and wait until it has come by that method."""
    frame = page.frames[1]
    with page.expect_response(lambda answer: answer.request.method == method and "/canvas/" in answer.url):
        frame.evaluate("body => { window.ask(body); }", {"type": "repost", "refresh": True, "config": config(frame)})
    page.frame_locator("iframe[data-canvas]").locator("#launched").wait_for()


class TestFraming:
    @pytest.mark.usefixtures("frame")
    def test_the_tab_posts_a_launch_to_another_site_without_any_cookie(self, framed, page):
        assert [(launch["method"], launch["cookie"]) for launch in framed.launches] == [("POST", None)]
        assert list(framed.launches[0]["form"]) == ["signed_request"]
        assert page.context.cookies() == []

    def test_the_frame_bears_the_name_that_the_sdk_looks_for(self, frame):
        assert frame.evaluate("window.name").startswith("canvas-frame-06P")

    def test_a_self_authorizing_launch_comes_by_get_and_a_repost_brings_the_signed_one(self, page, face, framed):
        face.post("/_sandbox/settings", json={"canvas_self_authorize": "1"})
        page.goto(f"{face.url}/lightning/n/Real_Magnet")
        page.frame_locator("iframe[data-canvas]").locator("#launched").wait_for()
        (first,) = framed.launches
        assert (first["method"], first["args"]) == ("GET", {"_sfdc_canvas_authvalue": "user_approval_required"})
        repost(page, "GET")  # nobody has approved yet
        face.post("/_sandbox/approvals", json={"username": "ada@salesforce.example"})
        repost(page, "POST")
        assert framed.launches[-1]["form"]["signed_request"]


class TestOnARecord:
    def test_a_frame_beside_the_details_is_launched_once_it_comes_into_view(self, page, face, framed):
        (campaign,) = face.insert("Campaign", Name=["Annual conference"])
        page.set_viewport_size({"width": 320, "height": 300})
        page.goto(f"{face.url}/lightning/r/Campaign/{campaign}/view")
        page.wait_for_load_state("networkidle")
        assert framed.launches == []
        page.locator("iframe[data-canvas]").scroll_into_view_if_needed()
        page.frame_locator("iframe[data-canvas]").locator("#launched").wait_for()
        assert [(launch["method"], launch["cookie"]) for launch in framed.launches] == [("POST", None)]
        ask(page.frames[1], type="resize", size={"height": "700px"})
        box = page.locator("iframe[data-canvas]").bounding_box()
        assert box["height"] == 700
        assert box["width"] < 320


class TestMessages:
    def test_a_refresh_brings_a_fresh_signed_request(self, frame, framed):
        reply = ask(frame, type="refresh", accessToken="null")
        assert (reply["type"], reply["status"], reply["targetModule"]) == ("callback", 200, "Canvas")
        assert digest(reply["payload"]["response"]) != digest(framed.launches[0]["form"]["signed_request"])

    def test_a_resize_changes_the_frame(self, frame, page):
        ask(frame, type="resize", size={"height": "1234px", "width": "600px"})
        box = page.locator("iframe[data-canvas]").bounding_box()
        assert (box["height"], box["width"]) == (1234, 600)

    def test_the_context_is_told(self, frame, face):
        reply = ask(frame, type="ctx", accessToken="null")
        assert reply["payload"]["organization"]["organizationId"] == face.org.id

    def test_what_is_published_reaches_those_who_subscribed(self, frame):
        ask(frame, type="subscribe", subscriptions={"real.saved": {}})
        ask(frame, type="publish", event={"name": "real.saved", "payload": {"rows": 3}})
        assert frame.evaluate("window.events") == [{"name": "real.saved", "method": "onData", "payload": {"rows": 3}}]

    def test_reserved_event_names_are_refused(self, frame):
        assert ask(frame, type="publish", event={"name": "canvas.own", "payload": {}})["status"] == 400

    def test_a_message_for_another_instance_gets_no_answer(self, frame):
        other = {"client": {"instanceId": "06PHu9999999999"}}
        late = "body => Promise.race([window.ask(body), new Promise(done => setTimeout(done, 500, 'silence'))])"
        assert frame.evaluate(late, {"type": "refresh", "config": other}) == "silence"
        assert frame.evaluate(late, {"type": "refresh"}) == "silence"

    def test_a_link_in_the_frame_opens_a_page_of_the_org_around_it(self, frame, face, page):
        (contact,) = face.insert("Contact", LastName=["Okafor"])
        link = f'<a target="_top" href="{face.url}/lightning/r/{contact}/view">Open</a>'
        frame.evaluate("markup => document.body.insertAdjacentHTML('beforeend', markup)", link)
        page.frame_locator("iframe[data-canvas]").get_by_role("link", name="Open").click()
        page.get_by_role("heading", name="Okafor").wait_for()

    @pytest.mark.usefixtures("frame")
    def test_a_repost_launches_again_with_a_fresh_request(self, framed, page):
        repost(page, "POST")
        first, second = (launch["form"]["signed_request"] for launch in framed.launches)
        assert digest(first) != digest(second)


class TestLooks:
    @pytest.mark.parametrize("width", [320, 768, 1280])
    def test_no_page_scrolls_sideways(self, page, face, width):
        (contact,) = face.insert("Contact", LastName=["A" * 80], Email=[f"{'long' * 14}@members.example"])
        face.activities(contact, 3)
        page.set_viewport_size({"width": width, "height": 800})
        (campaign,) = face.insert("Campaign", Name=["C" * 80])
        face.insert("CampaignMember", CampaignId=[campaign], ContactId=[contact], Status=["Sent"])
        records = [f"r/Contact/{contact}/view", f"r/Campaign/{campaign}/view"]
        setup = ["setup", "setup/deploy", "setup/apps", "setup/users"]
        paths = ["o/Contact/list", *records, "n/Real_Magnet", *setup]
        for path in paths:
            page.goto(f"{face.url}/lightning/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") == width, path

    def test_the_keyboard_reaches_the_content_past_the_bar(self, page, face):
        page.goto(f"{face.url}/lightning/o/Contact/list")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"

    def test_switching_who_is_looking_stays_on_the_page(self, page, face):
        page.goto(f"{face.url}/lightning/o/Lead/list")
        page.get_by_label("Looking as").select_option(label="Bruno Lindqvist")
        page.get_by_role("button", name="Switch").click()
        page.wait_for_url("**/lightning/o/Lead/list?as=*")
        assert page.get_by_label("Looking as").evaluate("box => box.selectedOptions[0].text") == "Bruno Lindqvist"

    def test_from_the_list_to_a_record_to_all_of_its_history(self, page, face):
        (contact,) = face.insert("Contact", LastName=["Okafor"])
        face.activities(contact, 8)
        page.goto(face.url)
        page.get_by_role("link", name="Okafor").click()
        page.get_by_role("heading", name="Real Magnet Activity History (8)").wait_for()
        page.get_by_role("link", name="View all Real Magnet Activity History").click()
        assert page.get_by_text("Newsletter").count() == 8


def digest(signed_request: str) -> str:
    """Stands for a launch in a failure message, which must not print its tokens."""
    return hashlib.sha256(signed_request.encode()).hexdigest()[:12]
