"""Access, My Real Magnet login and the audit log: who may do what and why, changed by some, recorded for all."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from playwright.sync_api import Frame as BrowserFrame
from playwright.sync_api import Page, expect
from sqlalchemy import text

from connector.errors import ConnectorError, CredentialsRefused, LimitReached, Refused, Temporary
from connector.model.connection import SalesforceUser
from connector.model.rights import ALL, USUAL, Area, Holder, Level, Rights
from connector.settings import Settings
from connector.store import audit, rights, users
from connector.store.users import Identity
from tests.webapp import axe
from tests.webapp.browsing import overflow
from tests.webapp.conftest import USER, House, make_house
from tests.webapp.pages import Frame
from tests.webapp.test_frame import browser, log_in, open_tab, parent, served  # noqa: F401  # pytest finds them by name
from tests.webapp.upload_story import Story
from tests.webapp.vendors import FakeRealMagnet, FakeSalesforce, connect
from webapp.access import changes
from webapp.wiring import EXTENSION

COLLEAGUE = "005000000000002AAA"
NOTHING = dict.fromkeys(Area, Level.NONE)


@dataclass
class Staff(FakeSalesforce):
    """An org that tells of its users."""

    staff: list[SalesforceUser] = field(
        default_factory=lambda: [
            SalesforceUser(USER, "ada@example.org", "Ada Example", True, "System Administrator", ["Marketing_Team"]),
            SalesforceUser(COLLEAGUE, "bob@example.org", "Bob Example", False, "Standard User", []),
        ]
    )

    def users(self, user_ids: Iterable[str]) -> list[SalesforceUser]:
        self._answer("users")
        return [one for one in self.staff if one.id in set(user_ids)]


@pytest.fixture
def bob(house: House) -> int:
    """A colleague who was seen here once."""
    connect(house, Staff(), FakeRealMagnet())
    return seen(house, COLLEAGUE, "Bob Example")


def seen(house: House, salesforce_id: str, name: str) -> int:
    with house.database.write() as connection:
        return users.welcome(connection, house.org_id, Identity(salesforce_id, name, "en_US", "UTC"))


def ada(house: House, given: Rights = ALL) -> Frame:
    """The frame of a user with these rights of her own."""
    frame = house.linked()
    with house.database.write() as connection:
        rights.give(connection, user_of(connection, USER), given)
    return frame


def user_of(connection: Any, salesforce_id: str) -> int:
    statement = text("SELECT id FROM users WHERE salesforce_id = :id")
    return int(connection.execute(statement, {"id": salesforce_id}).scalar_one())


def levels_of(house: House, user_id: int) -> Rights:
    with house.database.read() as connection:
        return rights.of_user(connection, user_id)


def newest(house: House) -> tuple[str, str, str]:
    with house.database.read() as connection:
        entry = audit.entries(connection, house.org_id)[0]
    return entry["action"], entry["before"], entry["after"]


def rows(frame: Frame) -> list[list[str]]:
    """The cells of each row of the page's first table but its head."""
    table = frame.page.find("table")[0]
    found = [one for one in frame.page.find("tr") if table in one.around]
    cells = [one for one in frame.page.elements if one.name in {"td", "th"}]
    return [[one.text for one in cells if row in one.around] for row in found[1:]]


def buttons(frame: Frame) -> list[str]:
    return [one.text for one in frame.page.find("button")]


def test_the_users_are_shown_as_both_sides_have_them(house: House, bob: int) -> None:
    frame = ada(house)
    with house.database.write() as connection:
        connection.execute(text("UPDATE users SET barred_at = 1 WHERE id = :id"), {"id": bob})
    frame.go("/access")
    his, mine = rows(frame)
    assert mine[:2] == ["Ada Example", "ActiveSystem Administrator"]
    assert mine[2].startswith("linked as ada since")
    assert mine[4] == "Everything"
    assert his[:3] == ["Bob Example Shut out", "InactiveStandard User", "not linked"]
    assert his[4] == "Nothing: shut out"


def test_that_salesforce_cannot_be_asked_is_said_once_and_hides_nobody(house: House, bob: int) -> None:
    connect(house, Staff(error=Temporary("Salesforce did not answer.")), FakeRealMagnet())
    frame = ada(house).go("/access")
    assert frame.page.text.count("Salesforce could not be asked: Salesforce did not answer.") == 1
    assert "Bob Example could not be asked" in frame.page.text
    assert "could not be asked: Salesforce did not answer." in frame.go(f"/access/users/{bob}").page.text


def test_users_are_searched_and_paged(house: House, bob: int) -> None:
    frame = ada(house)
    for number in range(25):
        seen(house, f"005{number:012}BBB", f"Person {number}%")
    frame.go("/access")
    assert "Person 22%" in frame.page.text
    assert "Person 23%" not in frame.page.text
    (more,) = [link for link in frame.page.find("a") if link.text == "More"]
    frame.go(more.attributes["href"])
    assert "Person 24%" in frame.page.text
    assert "Bob" not in frame.page.text
    assert "Bob Example" in frame.go("/access", search=" bOb ").page.text
    assert "Person 1" not in frame.page.text
    assert "Person 1%" in frame.go("/access", search="1%").page.text
    assert "No such user" in frame.go("/access", search="_").page.text
    assert frame.go(f"/access/users/{bob}").page.find("#own-uploads")


def test_levels_are_given_taken_back_and_recorded(house: House, bob: int) -> None:
    frame = ada(house)
    frame.go(f"/access/users/{bob}")
    assert rows(frame)[0] == ["Uploads", "Full", "as everybody"]
    frame.submit(f"/access/users/{bob}/rights", Uploads="Read", Deletion="None", Tracking="", Messaging="nonsense")
    assert "It holds from the next request" in frame.page.text
    assert rows(frame)[0] == ["Uploads", "Read", "given to this user"]
    assert levels_of(house, bob) == {**ALL, Area.UPLOADS: Level.READ, Area.DELETION: Level.NONE}
    assert newest(house) == (
        "Changed a user's rights",
        '{"Bob Example: Uploads": "as the usual rights say", "Bob Example: Deletion": "as the usual rights say"}',
        '{"Bob Example: Uploads": "Read", "Bob Example: Deletion": "None"}',
    )
    frame.submit(f"/access/users/{bob}/rights", Uploads="", Deletion="")
    assert levels_of(house, bob) == ALL


def test_who_may_only_read_sees_all_of_it_and_no_button(house: House, bob: int) -> None:
    frame = ada(house, dict.fromkeys(Area, Level.READ))
    for address in ("/access", f"/access/users/{bob}", "/manage-data", "/connection", "/upload-jobs", "/sends"):
        frame.go(address)
        assert frame.status == 200
        assert set(buttons(frame)) <= {
            "Search",
            "Download the zip",
            "Download the source",
            "Compare with Salesforce",
        }, address
    assert frame.submit(f"/access/users/{bob}/bar").status == 403
    assert "Settings: Full" in frame.page.text


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ({}, ["Home"]),
        ({Area.UPLOADS: Level.READ}, ["Home", "Upload Jobs", "Runs"]),
        ({Area.MESSAGING: Level.READ}, ["Home", "Refresh before send", "Runs"]),
        (
            {Area.SETTINGS: Level.READ},
            ["Home", "Manage Data", "Intake", "Budgets", "Connection", "Notifications", "Access"],
        ),
        (
            ALL,
            [
                "Home",
                "Upload Jobs",
                "Messages",
                "Activity Report",
                "Manage Data",
                "Intake",
                "Budgets",
                "Deletions",
                "Errors",
                "Why?",
                "Reconciliation",
                "Runs",
                "Connection",
                "Notifications",
                "Access",
            ],
        ),
    ],
)
def test_the_navigation_leads_where_one_may_go(house: House, given: Rights, places: list[str]) -> None:
    frame = ada(house, {**NOTHING, **given}).go("/home")
    assert [one.text for one in frame.page.find(".rm-nav__link")] == places
    assert bool(frame.page.find("#sync-now")) == (given == ALL)
    assert bool(frame.page.find("#last-title")) == (Area.TRACKING in given)


def test_nobody_takes_from_himself_what_he_stands_on(house: House, bob: int) -> None:
    frame = house.linked()
    with house.database.read() as connection:
        own = user_of(connection, USER)
    lost = {
        f"/access/users/{own}/rights": {"Settings": "Read"},
        f"/access/users/{own}/bar": {},
        "/access/defaults": {"holder": "everybody", "Uploads": "Full"},
    }
    for address, values in lost.items():
        assert frame.submit(address, **values).status == 422, address
        assert "yourself" in frame.page.text
        assert levels_of(house, own) == ALL
    frame.submit(f"/access/users/{own}/rights", Settings="Full")
    frame.submit("/access/defaults", holder="everybody", **{str(a): str(level) for a, level in USUAL.items()})
    assert frame.status == 200
    assert levels_of(house, own) == {**USUAL, Area.SETTINGS: Level.FULL}
    assert levels_of(house, bob) == USUAL


def test_that_everybody_may_do_everything_is_said_on_top(house: House, bob: int) -> None:
    frame = ada(house)
    assert "Everybody who opens Real Magnet may do everything." in frame.go("/access").page.text
    frame.submit("/access/defaults", holder="everybody", **{str(a): str(level) for a, level in USUAL.items()})
    assert "Everybody who opens Real Magnet may do everything." not in frame.page.text
    assert levels_of(house, bob) == USUAL


def test_who_is_shut_out_is_out_with_the_next_request_until_let_in(house: House, bob: int) -> None:
    frame = ada(house)
    his = house.linked(userId=COLLEAGUE, context__user__userId=COLLEAGUE, **as_bob(house))
    assert his.go("/home").status == 200
    assert "Shut" in frame.go(f"/access/users/{bob}/bar").page.text
    frame.submit(f"/access/users/{bob}/bar")
    assert newest(house)[0] == "Shut a user out"
    assert his.go("/home").status == 401
    assert house.launch(userId=COLLEAGUE, context__user__userId=COLLEAGUE, **as_bob(house)).token == ""
    frame.submit(f"/access/users/{bob}/let-in")
    assert newest(house)[0] == "Let a user in again"
    assert house.linked(userId=COLLEAGUE, context__user__userId=COLLEAGUE, **as_bob(house)).status == 200


def as_bob(house: House) -> dict[str, str]:
    """A token of his own, so that Salesforce tells that it is he."""
    token = f"bob's {len(house.outside.tokens)}"
    house.outside.tokens[token] = {**house.outside.userinfo("", ""), "user_id": COLLEAGUE}
    return {"client__oauthToken": token, "context__user__fullName": "Bob Example"}


def test_a_user_is_signed_out_and_unlinked_by_others(house: House, bob: int) -> None:
    frame = ada(house)
    his = house.linked(userId=COLLEAGUE, context__user__userId=COLLEAGUE, **as_bob(house))
    frame.submit(f"/access/users/{bob}/sign-out")
    assert newest(house) == (
        "Signed a user out",
        '{"Bob Example: sessions ended": null}',
        '{"Bob Example: sessions ended": 1}',
    )
    assert his.go("/home").status == 401
    his = house.linked(userId=COLLEAGUE, context__user__userId=COLLEAGUE, **as_bob(house))
    assert "Unlink Bob Example" in frame.go(f"/access/users/{bob}/unlink").page.text
    frame.submit(f"/access/users/{bob}/unlink")
    assert newest(house)[:2] == ("Unlinked from Real Magnet", '{"Bob Example: Real Magnet user": "ada"}')
    assert his.go("/home").page.find("form[action='/login']")


def test_what_comes_with_a_profile_or_a_permission_set_holds_from_the_launch_that_tells_of_it(house: House) -> None:
    connect(house, Staff(), FakeRealMagnet())
    frame = ada(house)
    frame.submit("/access/defaults", holder="everybody")
    frame.submit("/access/defaults", holder="profile", name=" Sales  User ", Uploads="Read", Tracking="Full")
    assert "Profile Sales User" in frame.page.text
    frame.submit("/access/defaults", holder="permission set", name="Marketing_Team", Uploads="Full")
    assert newest(house)[2].startswith('{"Permission set Marketing_Team, Uploads": "Full"')
    house.outside.profile, house.outside.permission_sets = "Sales User", ("Marketing_Team", "Other")
    his = house.linked(userId=COLLEAGUE, context__user__userId=COLLEAGUE, **as_bob(house))
    with house.database.read() as connection:
        bob = user_of(connection, COLLEAGUE)
    assert levels_of(house, bob) == {
        **dict.fromkeys(Area, Level.NONE),
        Area.UPLOADS: Level.FULL,
        Area.TRACKING: Level.FULL,
    }
    assert his.go("/manage-data").status == 403
    frame.go(f"/access/users/{bob}")
    assert rows(frame)[:2] == [
        ["Uploads", "Full", "from the permission set Marketing_Team"],
        ["Tracking", "Full", "from the profile Sales User"],
    ]
    frame.go("/access", holder="profile", name="Sales User")
    assert frame.page.find("#holder-name")[0].attributes["value"] == "Sales User"
    frame.submit("/access/defaults/remove", holder="permission set", name="Marketing_Team")
    assert levels_of(house, bob)[Area.UPLOADS] is Level.READ


DAY = 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("error", "known_since", "level"),
    [
        (Temporary("Salesforce did not answer."), DAY - 60_000, Level.FULL),
        (LimitReached("The calls of today are used up."), DAY - 60_000, Level.FULL),
        (Temporary("Salesforce did not answer."), DAY + 60_000, Level.NONE),
        (LimitReached("The calls of today are used up."), DAY + 60_000, Level.NONE),
        (Refused("It may not use the API.", code="API_DISABLED_FOR_ORG"), 700_000, Level.NONE),
        (CredentialsRefused("Salesforce refused the token."), 700_000, Level.NONE),
    ],
)
def test_what_came_with_a_permission_set_ends_when_salesforce_tells_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch, error: ConnectorError, known_since: int, level: Level
) -> None:
    with house.database.write() as connection:
        rights.set_defaults(connection, house.org_id, Holder.EVERYBODY, "", NOTHING)
        rights.set_defaults(connection, house.org_id, Holder.PERMISSION_SET, "Admins", ALL)
    house.outside.permission_sets = ("Admins",)
    assert house.linked().go("/access").status == 200
    with house.database.write() as connection:
        connection.execute(text("UPDATE users SET learned_at = learned_at - :past"), {"past": known_since})

    def refuse(*_asked: str) -> SalesforceUser:
        raise error

    told = house.app.extensions[EXTENSION]
    services = replace(told.services, salesforce=lambda _org_id: Connected(()))
    monkeypatch.setitem(house.app.extensions, EXTENSION, replace(told, services=services, salesforce_user=refuse))
    frame = house.linked()
    assert frame.go("/access").status == (200 if level is Level.FULL else 403)
    with house.database.read() as connection:
        own = user_of(connection, USER)
    assert levels_of(house, own) == dict.fromkeys(Area, level)
    monkeypatch.setitem(house.app.extensions, EXTENSION, told)
    with house.database.write() as connection:
        connection.execute(text("UPDATE users SET learned_at = learned_at - :past"), {"past": 700_000})
    assert house.linked().go("/access").status == 200


@dataclass
class Connected:
    """The org's own connection, which sees what an ordinary user does not."""

    permission_sets: tuple[str, ...] | None

    def user(self, user_id: str) -> SalesforceUser:
        if self.permission_sets is None:
            raise CredentialsRefused("Salesforce refused the token.")
        return SalesforceUser(user_id, "ada@example.org", "Ada Example", True, "Standard User", self.permission_sets)

    def users(self, _user_ids: Sequence[str]) -> list[SalesforceUser]:
        """None are shown in the list."""
        return []

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(("known_to_the_connected_user", "status"), [(("Admins",), 200), ((), 403), (None, 200)])
def test_what_a_user_may_not_see_of_himself_is_asked_as_the_connected_user(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    known_to_the_connected_user: tuple[str, ...] | None,
    status: int,
) -> None:
    """Where even that one is refused, what was known holds for a day: somebody must connect again, maybe by it."""
    with house.database.write() as connection:
        rights.set_defaults(connection, house.org_id, Holder.EVERYBODY, "", NOTHING)
        rights.set_defaults(connection, house.org_id, Holder.PERMISSION_SET, "Admins", ALL)
    house.outside.permission_sets = ("Admins",)
    assert house.linked().go("/access").status == 200
    with house.database.write() as connection:
        connection.execute(text("UPDATE users SET learned_at = learned_at - 700000"))
    told = house.app.extensions[EXTENSION]

    def says_nothing(_address: str, _token: str, user_id: str) -> SalesforceUser:
        return SalesforceUser(user_id, "ada@example.org", "Ada Example", True, "", sets_shown=False)

    services = replace(told.services, salesforce=lambda _org_id: Connected(known_to_the_connected_user))
    monkeypatch.setitem(house.app.extensions, EXTENSION, replace(told, services=services, salesforce_user=says_nothing))
    assert house.linked().go("/access").status == status


@pytest.mark.postgres
def test_two_administrators_at_once_leave_one_and_save_one_after_the_other(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL transactions run side by side; each waits here for the other before it looks at its author."""
    house = make_house(replace(settings, database_url=request.getfixturevalue("postgres_url")))
    frames = (house.linked(), house.linked(userId=COLLEAGUE, context__user__userId=COLLEAGUE, **as_bob(house)))
    with house.database.write() as connection:
        own = [user_of(connection, one) for one in (USER, COLLEAGUE)]
        for user_id in own:
            rights.give(connection, user_id, ALL)
        rights.set_defaults(connection, house.org_id, Holder.EVERYBODY, "", NOTHING)
    third = seen(house, "005000000000003AAA", "Eve")
    look = changes._keep_ground  # the moment between a change and its check

    def at_once(*asks: tuple[str, dict[str, str]]) -> list[int]:
        meeting = Barrier(2, timeout=0.5)

        def look_together(connection: Any) -> None:
            with suppress(BrokenBarrierError):
                meeting.wait()
            look(connection)

        monkeypatch.setattr(changes, "_keep_ground", look_together)
        with ThreadPoolExecutor(2) as both:
            answers = [both.submit(one.submit, at, **values) for one, (at, values) in zip(frames, asks, strict=True)]
        return [answer.result().status for answer in answers]

    address, sales = f"/access/users/{third}/rights", ("/access/defaults", {"holder": "profile", "name": "Sales"})
    assert at_once((address, {"Settings": "Read"}), (address, {"Settings": "Full"})) == [200, 200]
    assert at_once(sales, sales) == [200, 200]
    each_other = [(f"/access/users/{one}/rights", {"Settings": "None"}) for one in reversed(own)]
    assert sorted(at_once(*each_other)) == [200, 422]
    assert sorted(levels_of(house, one)[Area.SETTINGS] for one in own) == [Level.FULL, Level.NONE]
    house.database.dispose()


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"holder": "nobody", "name": "A"}, 422, "Choose whether"),
        ({"holder": "profile", "name": " "}, 422, "Enter the name of the profile"),
        ({"holder": "profile", "name": "a" * 121}, 422, "at most 120"),
    ],
)
def test_a_default_without_a_holder_is_not_saved(house: House, values: dict[str, str], status: int, words: str) -> None:
    connect(house, Staff(), FakeRealMagnet())
    frame = ada(house)
    assert frame.submit("/access/defaults", **values).status == status
    assert words in frame.page.text
    assert frame.submit("/access/defaults/remove", holder="everybody").status == 400


def test_ones_own_login_is_tried_replaced_and_given_up(house: House) -> None:
    house.outside.passwords["eve"] = ("of eve", "ACME")
    frame = ada(house, {}).go("/my-login")
    assert "You are linked as ada since" in frame.page.text
    assert "Manage MagnetMail Username/Password" in frame.page.text
    assert frame.submit("/my-login/test", password="wrong").status == 422
    assert "does not know" in frame.page.text
    assert "lets ada in" in frame.submit("/my-login/test", password="right").page.text
    assert frame.submit("/my-login/replace", username="eve", password="").status == 422
    assert frame.page.find("#new-username")[0].attributes["value"] == "eve"
    assert "you are eve" in frame.submit("/my-login/replace", username="eve", password="of eve").page.text
    assert newest(house) == ("Linked to Real Magnet", '{"Real Magnet user": "ada"}', '{"Real Magnet user": "eve"}')
    assert frame.go("/my-login/unlink").page.find("form[action='/my-login/unlink']")
    assert frame.submit("/my-login/unlink").page.find("form[action='/login']")
    assert newest(house) == ("Unlinked from Real Magnet", '{"Real Magnet user": "eve"}', '{"Real Magnet user": ""}')
    assert frame.go("/home").page.find("form[action='/login']")


def test_passwords_are_not_tried_without_end(house: House) -> None:
    frame = house.linked()
    tries = [frame.submit("/my-login/test", password="wrong").status for _ in range(6)]
    assert tries[-1] == 429


def test_the_audit_log_tells_who_changed_what_from_what_to_what(house: House) -> None:
    frame = ada(house)
    with house.database.write() as connection:
        own = audit.Actor(house.org_id, user_of(connection, USER))
        before = {"kinds": ["Opens"], "nightly": True, "note": "<b>x</b>" * 40}
        audit.record(connection, own, "Changed Manage Data", before, {"kinds": ["Opens", "Clicks"], "nightly": False})
        audit.record(
            connection, audit.Actor(house.org_id, None), "Made an organization", {}, {"rules": {"first": None}}
        )
        audit.record(connection, audit.Actor(house.org_id + 1, None), "Elsewhere", {}, {"a": 1})
    frame.go("/audit-log")
    assert "kinds: Opens → Opens, Clicks" in frame.page.text
    assert "nightly: yes → no" in frame.page.text
    assert "rules: first: —" in frame.page.text
    assert "The operator Made an organization" in frame.page.text
    assert "Elsewhere" not in frame.page.text
    assert "&lt;b&gt;x" in frame.page.html
    assert [one.text for one in frame.page.find("summary")] == ["note"]
    assert frame.page.find("time")
    frame.go("/audit-log", who="operator")
    assert "Made an organization" in frame.page.text
    assert "Changed Manage Data" not in frame.page.text
    frame.go("/audit-log", action="manage", who="ada")
    assert "Changed Manage Data" in frame.page.text
    assert "No such entry" in frame.go("/audit-log", action="%").page.text


def test_older_entries_are_on_older_pages(house: House) -> None:
    frame = ada(house)
    with house.database.write() as connection:
        for number in range(30):
            audit.record(connection, audit.Actor(house.org_id, None), f"Step {number:02}", {}, {"a": 1})
    frame.go("/audit-log", action="step")
    assert "Step 05" in frame.page.text
    assert "Step 04" not in frame.page.text
    (older,) = [link for link in frame.page.find("a") if link.text == "Older"]
    frame.go(older.attributes["href"])
    assert "Step 04" in frame.page.text
    assert "Linked" not in frame.page.text
    assert "No older entries" in frame.go("/audit-log", before="1").page.text
    assert frame.go("/audit-log", before="99999999999").status == 200


def test_an_upload_is_not_stopped_with_the_right_to_tracking(house: House) -> None:
    story = Story(house)
    run_id = story.begun(story.job())
    frame = ada(house, {**NOTHING, Area.TRACKING: Level.FULL})
    assert frame.go(f"/runs/{run_id}/cancel").status == 404
    assert frame.submit(f"/runs/{run_id}/cancel").status == 404
    with house.database.read() as connection:
        assert connection.exec_driver_sql("SELECT cancel_requested FROM runs").scalar_one() == 0


def test_a_campaigns_page_shows_home_to_who_may_not_see_uploads(house: House) -> None:
    connect(house, FakeSalesforce(), FakeRealMagnet())
    with house.database.write() as connection:
        rights.set_defaults(connection, house.org_id, Holder.EVERYBODY, "", {Area.TRACKING: Level.READ})
    frame = house.linked(context__environment__parameters={"recordId": "701000000000001AAA"})
    assert frame.page.title == "Home · Real Magnet"
    assert "This Campaign" not in frame.page.text


@pytest.mark.browser
def test_access_own_login_and_audit_log_by_keyboard_and_in_a_narrow_column(request: pytest.FixtureRequest) -> None:
    page, traffic = request.getfixturevalue("browser")
    house, outside = request.getfixturevalue("served"), request.getfixturevalue("parent")
    connect(house, Staff(), FakeRealMagnet())
    colleague = seen(house, COLLEAGUE, "Bob Example")
    frame = open_tab(page, outside)
    log_in(frame)
    frame.get_by_role("link", name="Access").press("Enter")
    expect(frame.get_by_role("heading", name="Access")).to_be_focused()
    assert look(page, frame) == []
    frame.get_by_label("Name or Real Magnet user name").fill("bob")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("link", name="Ada Example", exact=True)).to_have_count(0)
    frame.locator(f"#user-{colleague}").press("Enter")
    give_and_shut_out(page, frame)
    frame.get_by_role("link", name="Audit log").press("Enter")
    expect(frame.get_by_text("Shut a user out")).to_be_visible()
    assert look(page, frame) == []
    frame.get_by_role("link", name="my Real Magnet login").press("Enter")
    frame.get_by_label("Password of this login").fill("wrong")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("alert").filter(has_text="does not know")).to_be_focused()
    assert look(page, frame) == []
    assert [c for c in traffic.complaints if "422" not in c] == []
    assert traffic.cookies() == []


def give_and_shut_out(page: Page, frame: BrowserFrame) -> None:
    expect(frame.get_by_role("heading", name="Bob Example")).to_be_focused()
    frame.get_by_label("Deletion").select_option("None")
    frame.get_by_role("button", name="Save rights").press("Enter")
    expect(frame.get_by_role("status")).to_contain_text("It holds from the next request")
    assert look(page, frame) == []
    frame.get_by_role("button", name="Shut out").press("Enter")
    expect(frame.get_by_role("button", name="Let them stay")).to_be_focused()
    assert axe.findings(frame) == []
    frame.get_by_role("dialog").get_by_role("button", name="Shut out").press("Enter")
    expect(frame.get_by_role("button", name="Let in again")).to_be_visible()


def look(page: Page, frame: BrowserFrame) -> list[str]:
    """What is wrong with the screen at any width."""
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(frame) == 0, width
    return axe.findings(frame)
