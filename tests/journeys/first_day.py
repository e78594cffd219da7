"""An administrator's first day with a fresh organization: from a set-up code to a finished night, by visible labels."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Frame, Page, expect

from tests.journeys.walking import SOON, Walk, frame_of
from tests.webapp.axe import findings
from tests.webapp.browsing import Traffic, overflow
from tools.house import REALMAGNET_USER, House

ADMIN, SALESFORCE_PASSWORD = "admin@salesforce.example", "first-day-in-Salesforce-7391"
REALMAGNET_PASSWORD = "first-day-in-Real-Magnet-2846"
WIDTHS = (320, 1280)
NIGHT = 120_000
"""Longest that the first night of a small account may take on a busy machine, in milliseconds."""
CLOSED = "The books close: every activity is accounted for."
PROBE = "() => { document.cookie = 'probe=1; SameSite=None; Secure'; return document.cookie.includes('probe'); }"


@dataclass
class FirstDay:
    """Who walks, and what was noticed on the way."""

    house: House
    page: Page
    traffic: Traffic
    folder: Path
    code: str
    steps: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    addresses: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.secrets |= {"Salesforce password": SALESFORCE_PASSWORD, "Real Magnet password": REALMAGNET_PASSWORD}
        self.page.context.on("request", lambda request: self.addresses.append(request.url))

    @property
    def outside(self) -> Walk:
        """The tab as it is, without a frame."""
        return Walk(self.page, self.page.main_frame, self.steps)

    @property
    def inside(self) -> Walk:
        """The app's frame."""
        return Walk(self.page, frame_of(self.page), self.steps)

    def look(self, frame: Frame, name: str) -> None:
        """Note what sticks out on a narrow and a wide screen, and what breaks a rule of axe."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            if overflow(frame) > 0:
                self.faults.append(f"{name} sticks out by {overflow(frame)} at {width}")
        self.faults += [f"{name}: {fault}" for fault in findings(frame)]


def to_the_first_night(day: FirstDay) -> None:
    """The whole way."""
    _begin(day)
    _install(day)
    _connect(day)
    _enter(day)
    _run(day)


def _begin(day: FirstDay) -> None:
    walk = day.outside
    day.page.goto(f"{day.house.plan.web_url}/set-up")
    assert day.page.evaluate(PROBE), "a page of its own may keep such a cookie"
    day.page.context.clear_cookies(name="probe")
    day.look(walk.frame, "The set-up page")
    walk.fill("Set-up code", day.code)
    organization, my_domain = _company(day)
    walk.fill("Organization id", organization)
    walk.fill("My Domain", my_domain)
    walk.click("button", "Continue")


def _company(day: FirstDay) -> tuple[str, str]:
    """What Salesforce's Setup shows to whoever looks for it: looking is no step."""
    tab = day.page.context.new_page()
    tab.goto(f"{day.house.plan.salesforce_url}/lightning/setup/SetupOneHome/home")
    shown = dict(zip(tab.locator("dt").all_inner_texts(), tab.locator("dd").all_inner_texts(), strict=True))
    tab.close()
    return shown["Salesforce.com Organization ID"], shown["Current My Domain URL"]


def _install(day: FirstDay) -> None:
    package = day.outside.fetch("Download the package", day.folder)
    day.look(day.page.main_frame, "The set-up page with the package")
    with day.page.context.expect_page() as opened:
        day.outside.click("link", "Setup")
    setup = Walk(opened.value, opened.value.main_frame, day.steps)
    setup.click("link", "Deploy a package")
    setup.tick("Allow access to OAuth consumer secrets via Metadata API")
    setup.tick("View External Client Apps consumer secrets in metadata")
    setup.give("Package (zip)", package)
    setup.click("button", "Deploy")
    expect(setup.page.get_by_role("heading", name="Deployment succeeded")).to_be_visible(timeout=SOON)
    key, secret = (setup.page.get_by_label(f"Consumer {name}", exact=True) for name in ("Key", "Secret"))
    day.secrets["consumer secret"] = secret.input_value()
    day.outside.fill("Consumer key", key.input_value())
    day.outside.fill("Consumer secret", secret.input_value())
    setup.page.close()


def _connect(day: FirstDay) -> None:
    walk = day.outside
    walk.click("button", "Save and connect Salesforce")
    walk.fill("Username", ADMIN)
    walk.fill("Password", SALESFORCE_PASSWORD)
    walk.click("button", "Log In")
    allow = day.page.get_by_role("button", name="Allow")
    done = day.page.get_by_role("heading", name="Salesforce is connected")
    expect(allow.or_(done)).to_be_visible()
    if allow.count():  # the app's policy may leave it to each user
        walk.click("button", "Allow")
    expect(done).to_be_visible()
    day.look(walk.frame, "The end of the set-up page")


def _enter(day: FirstDay) -> None:
    day.traffic.requests.clear()  # from here on everything of ours is in a frame
    day.traffic.responses.clear()
    day.outside.click("link", "the Real Magnet tab")
    walk = day.inside
    walk.sees("Log in to Real Magnet")
    assert not walk.frame.evaluate(PROBE), "the browser keeps no cookie of a frame"
    expect(walk.frame.get_by_label("Use this login for the nightly work as well")).to_be_checked()
    day.look(walk.frame, "The login page")
    walk.fill("Real Magnet user name", REALMAGNET_USER)
    walk.fill("Real Magnet password", REALMAGNET_PASSWORD)
    walk.click("button", "Log in")
    walk.sees("Home")
    day.look(walk.frame, "Home with the checklist")


def _run(day: FirstDay) -> None:
    walk = day.inside
    walk.click("button", "Prepare Salesforce")
    expect(walk.frame.get_by_text("Nothing stands in the way. Check again")).to_be_visible(timeout=SOON)
    walk.click("button", "Look at the first night")
    expect(walk.frame.get_by_role("table", name="What the first night would write")).to_be_visible(timeout=SOON)
    walk.click("button", "Run the first night")
    expect(walk.frame.get_by_text(CLOSED)).to_be_visible(timeout=NIGHT)
    expect(walk.frame.get_by_role("heading", name="To the first night")).to_have_count(0)
    expect(walk.frame.get_by_text("Completed", exact=True)).to_be_visible()
    day.look(walk.frame, "Home after the first night")
