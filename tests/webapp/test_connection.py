"""The Connection screen and the window of Salesforce's login: tried before kept, and what goes wrong is said."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import text

from connector.connection import ways
from connector.errors import CredentialsRefused, Refused
from connector.model.connection import SalesforceUser, Tried, Way
from connector.model.rights import ALL, USUAL, Area, Holder, Level
from connector.salesforce.gateway import Salesforce
from connector.salesforce.tokens import Connection
from connector.store import audit, handovers, provisioned, rights, users
from sandbox.salesforce.org import INTEGRATION
from tests.connector.connection.at_salesforce import log_in, query_of
from tests.connector.salesforce.org_stand_in import StandIn, serving
from tests.webapp.conftest import ORG, SECRET, House
from tests.webapp.pages import Page
from webapp.connection import popup, standing
from webapp.wiring import EXTENSION

if TYPE_CHECKING:
    from flask.testing import FlaskClient

OURS = "http://127.0.0.1:8000"
KEY = RSAKey.generate_key(2048)
TESTED = {"my_domain": "", "client_id": "", "client_secret": "", "username": "", "password": "", "private_key": ""}


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    certificate = KEY.as_pem(private=False).decode()
    with serving(tmp_path_factory.mktemp("connection") / "org", certificate) as found:
        app = found.org.app()
        assert app is not None
        found.org.install_app(dataclasses.replace(app, consumer_secret=SECRET))
        yield found


@pytest.fixture
def ours(house: House, org: StandIn) -> House:
    """The house, whose org is the stand-in's, with its app known."""
    with house.database.write() as connection:
        connection.execute(
            text("UPDATE orgs SET consumer_key = :key, my_domain = :domain WHERE id = 1"),
            {
                "key": org.options.consumer_key,
                "domain": org.options.instance_url,
            },
        )
    return house


@pytest.fixture
def same_org(monkeypatch: pytest.MonkeyPatch, org: StandIn) -> None:
    """The stand-in's id is its own: here it is taken for that of the house's org."""
    monkeypatch.setattr(standing, "salesforce_id", lambda *_: org.org.id)


def kept(house: House) -> dict[str, Any]:
    with house.database.read() as connection:
        row = connection.exec_driver_sql("SELECT * FROM salesforce_connections").mappings().first()
        return dict(row) if row else {}


def usual_rights(house: House) -> None:
    with house.database.write() as connection:
        rights.set_defaults(connection, house.org_id, Holder.EVERYBODY, "", USUAL)


def entered(org: StandIn, **changes: str) -> dict[str, str]:
    known = {
        "my_domain": org.options.instance_url,
        "client_id": org.options.consumer_key,
        "client_secret": SECRET,
        "username": INTEGRATION.username,
        "password": org.options.password,
        "security_token": org.options.security_token,
        "private_key": KEY.as_pem(private=True).decode(),
    }
    return known | changes


class TestScreen:
    def test_it_shows_both_connections_and_version_1s_names(self, ours: House) -> None:
        page = ours.linked().go("/connection").page
        assert page.title == "Connection · Real Magnet"
        for words in ("Configure Salesforce Login", "Manage MagnetMail Username/Password", "Not connected"):
            assert words in page.text

    def test_who_may_only_read_is_told_whom_to_ask_and_can_change_nothing(self, ours: House) -> None:
        usual_rights(ours)
        frame = ours.linked()
        assert frame.go("/connection").status == 403
        with ours.database.write() as connection:
            rights.give(connection, 1, {Area.SETTINGS: Level.READ})
            other = users.welcome(connection, 1, users.Identity("005000000000009AAA", "Grace Example", "en_US", "UTC"))
            rights.give(connection, other, ALL)
        page = frame.go("/connection").page
        assert "Ask Grace Example" in page.text
        assert not [e for e in page.find("button") if "hx-post" in e.attributes]
        for address in ("/connection/salesforce", "/connection/realmagnet", "/connection/salesforce/jwt"):
            assert frame.go(address).status == 403
        for address in ("/connection/salesforce/test", "/connection/salesforce/log-in", "/connection/realmagnet"):
            assert frame.submit(address).status == 403

    def test_there_are_four_ways(self, ours: House) -> None:
        page = ours.linked().go("/connection/salesforce").page
        assert [e.text for e in page.elements if e.name == "h2"] == [
            "Log in to Salesforce (recommended)",
            "JWT bearer",
            "Client credentials",
            "User name, password and security token",
        ]
        assert "1 June 2027" in page.text


@pytest.mark.usefixtures("same_org")
class TestForms:
    @pytest.mark.parametrize(
        ("slug", "kind"), [("jwt", "jwt"), ("client-credentials", "client_credentials"), ("password", "password")]
    )
    def test_each_is_tried_and_kept(self, ours: House, org: StandIn, slug: str, kind: str) -> None:
        frame = ours.linked()
        assert frame.go(f"/connection/salesforce/{slug}").status == 200
        frame.submit(f"/connection/salesforce/{slug}", **entered(org))
        assert frame.status == 200
        assert f"It works as Real Magnet Integration ({INTEGRATION.username})" in frame.page.text
        assert (kept(ours)["kind"], kept(ours)["user_id"]) == (kind, org.org.integration_user_id)

    def test_when_it_fails_nothing_changes_and_words_are_kept_but_no_secret(self, ours: House, org: StandIn) -> None:
        frame = ours.linked()
        frame.submit("/connection/salesforce/client-credentials", **entered(org))
        before = kept(ours)
        frame.submit("/connection/salesforce/password", **entered(org, password="not-the-password"))
        assert frame.status == 422
        assert "password or security token is wrong" in frame.page.text
        assert "a Salesforce administrator unlocks the user" in frame.page.text
        assert kept(ours) == before
        values = {e.attributes["name"]: e.attributes.get("value") for e in frame.page.find("input")}
        assert (values["username"], values["password"], values["security_token"]) == (INTEGRATION.username, None, None)
        assert "not-the-password" not in frame.page.html
        assert org.options.security_token not in frame.page.html

    def test_what_is_missing_or_none_is_said_beside_its_field(self, ours: House, org: StandIn) -> None:
        frame = ours.linked()
        frame.submit("/connection/salesforce/jwt", **entered(org, my_domain="evil.example.org", private_key="no key"))
        assert frame.status == 422
        assert "This is no address of a Salesforce organization" in frame.page.find("#my_domain-problem")[0].text
        assert "This is not a private RSA key" in frame.page.find("#private_key-problem")[0].text
        frame.submit("/connection/salesforce/password", **dict.fromkeys(TESTED, ""))
        assert len([e for e in frame.page.elements if e.attributes.get("aria-invalid")]) == 3

    def test_when_salesforce_does_not_answer_nobody_is_told_to_wait(self, ours: House, org: StandIn) -> None:
        frame = ours.linked()
        frame.submit("/connection/salesforce/client-credentials", **entered(org, my_domain="http://localhost:9"))
        assert "Salesforce could not be reached" in frame.page.text
        assert "Try again in a minute." in frame.page.text

    def test_a_key_that_does_not_fit_shows_its_public_half(self, ours: House, org: StandIn) -> None:
        other = RSAKey.generate_key(2048)
        frame = ours.linked()
        frame.submit("/connection/salesforce/jwt", **entered(org, private_key=other.as_pem(private=True).decode()))
        assert "what was signed with this private key" in frame.page.text
        assert other.as_pem(private=False).decode().split("\n")[1] in frame.page.html
        assert "PRIVATE KEY-----" not in frame.page.html

    def test_what_is_kept_can_be_tested_and_a_refusal_shows_on_home_at_once(self, ours: House, org: StandIn) -> None:
        frame = ours.linked()
        frame.submit("/connection/salesforce/client-credentials", **entered(org))
        with ours.database.write() as connection:
            connection.execute(text("UPDATE orgs SET salesforce_id = :id WHERE id = 1"), {"id": org.org.id})
        assert "Salesforce let us in." in frame.submit("/connection/salesforce/test").page.text
        app = org.org.app()
        assert app is not None
        org.org.install_app(dataclasses.replace(app, client_credentials=False))
        try:
            frame.submit("/connection/salesforce/test")
        finally:
            org.org.install_app(app)
        assert frame.status == 409
        assert "does not allow client credentials" in frame.page.text
        home = frame.go("/home").page
        assert "does not allow client credentials" in home.find("#connections")[0].text
        assert home.find("#connect-salesforce")[0].text == "Connect again"


class TestRealMagnet:
    def test_it_is_checked_kept_and_audited(self, ours: House) -> None:
        frame = ours.linked()
        frame.submit("/connection/realmagnet", username="ada", password="wrong")
        assert (frame.status, "Nothing was changed." in frame.page.text) == (422, True)
        frame.submit("/connection/realmagnet", username="ada", password="right")
        assert "Real Magnet is connected: account ACME, user ada." in frame.page.text
        with ours.database.read() as connection:
            row = connection.exec_driver_sql("SELECT * FROM realmagnet_connections").mappings().one()
            entry = audit.entries(connection, ours.org_id)[0]
        assert ours.vault.open("1", "realmagnet.password", row["password"]) == "right"
        assert (entry["action"], json.loads(entry["after"])) == (
            "Connected Real Magnet",
            {"user": "ada", "account": "ACME"},
        )
        assert "let us in to the account ACME" in frame.submit("/connection/realmagnet/test").page.text

    def test_another_account_is_called_out_and_taken_only_when_meant(self, ours: House) -> None:
        ours.outside.passwords["eve"] = ("other", "OTHER")
        frame = ours.linked()
        frame.submit("/connection/realmagnet", username="ada", password="right")
        frame.submit("/connection/realmagnet", username="eve", password="other")
        assert frame.status == 422
        assert "belongs to the account OTHER" in frame.page.text
        assert "stays in Salesforce" in frame.page.text
        frame.submit("/connection/realmagnet", username="eve", password="other", other_account="OTHER")
        assert "account OTHER, user eve" in frame.page.text

    def test_a_refused_test_is_noted(self, ours: House) -> None:
        frame = ours.linked()
        frame.submit("/connection/realmagnet", username="ada", password="right")
        wired = ours.app.extensions[EXTENSION]
        refusing = dataclasses.replace(wired.services, realmagnet=lambda _: wired.realmagnet_account("ada", "gone"))
        ours.app.extensions[EXTENSION] = dataclasses.replace(wired, services=refusing)
        assert frame.submit("/connection/realmagnet/test").status == 409
        assert frame.go("/home").page.find("#connect-real-magnet")


class Window:
    """A window of its own: it has cookies, and no token of the frame."""

    def __init__(self, house: House) -> None:
        self.client: FlaskClient = house.app.test_client()
        self.status = 0
        self.page = Page("")
        self.cookie = ""

    def go(self, address: str) -> str:
        parts = urlsplit(address)
        answer = self.client.get(parts.path, query_string=parts.query, base_url=OURS)
        self.status, self.page = answer.status_code, Page(answer.text)
        self.cookie = answer.headers.get("Set-Cookie", self.cookie)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert not self.page.find("script")
        return answer.headers.get("Location", "")


@pytest.mark.usefixtures("same_org")
class TestWindow:
    def leave(self, house: House) -> tuple[Any, str]:
        frame = house.linked()
        frame.submit("/connection/salesforce/log-in")
        (link,) = frame.page.find("#open-login")
        assert (link.attributes["target"], link.attributes["rel"]) == ("_blank", "noopener noreferrer")
        return frame, link.attributes["href"]

    def wait(self, frame: Any) -> str:
        (poll,) = [e for e in frame.page.elements if e.attributes.get("hx-trigger") == "every 2s"]
        before = frame.page
        frame.go(poll.attributes["hx-get"])
        if frame.status == 204:
            frame.page = before
        return frame.page.find("#waiting-words")[0].text

    def test_there_and_back_and_the_frame_hears_of_it(self, ours: House, org: StandIn) -> None:
        frame, ticket = self.leave(ours)
        assert self.wait(frame) == "Waiting for you to log in there…"
        window = Window(ours)
        there = window.go(ticket)
        assert all(word in window.cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
        asked = query_of(there)
        assert (asked["prompt"], asked["code_challenge_method"]) == ("login", "S256")
        assert asked["redirect_uri"] == f"{OURS}/oauth/callback"
        window.go(log_in(there, org.options.password))
        assert window.page.title == "Salesforce is connected · Real Magnet"
        assert f"as Real Magnet Integration ({INTEGRATION.username})" in window.page.text
        assert "close this window" in window.page.text
        assert self.wait(frame).startswith("Salesforce is connected. Real Magnet works in")
        assert (kept(ours)["kind"], kept(ours)["username"]) == ("refresh_token", INTEGRATION.username)
        with ours.database.read() as connection:
            assert connection.execute(text("SELECT draft FROM handovers")).scalar() == ""

    def test_ticket_and_state_work_once_and_in_one_browser(self, ours: House, org: StandIn) -> None:
        _, ticket = self.leave(ours)
        window, other = Window(ours), Window(ours)
        back = log_in(window.go(ticket), org.options.password)
        other.go(ticket)
        assert (other.status, "cannot be used" in other.page.text) == (409, True)
        assert not other.page.find("a"), "there is no set-up to go back to"
        other.go(back)
        assert (other.status, kept(ours)) == (409, {})
        window.go(back)
        assert window.status == 200
        before = kept(ours)
        window.go(back)
        assert (window.status, kept(ours)) == (409, before)

    def test_two_clicks_and_the_way_back_lead_out_again_and_a_program_that_looks_uses_nothing_up(
        self, ours: House, org: StandIn
    ) -> None:
        _, ticket = self.leave(ours)
        window = Window(ours)
        assert window.client.head(ticket, base_url=OURS).status_code == 405
        there = window.go(ticket)
        assert window.go(ticket) == there
        back = urlsplit(log_in(there, org.options.password))
        assert window.client.head(back.path, query_string=back.query, base_url=OURS).status_code == 405
        window.go(back.geturl())
        assert window.page.title == "Salesforce is connected · Real Magnet"
        window.go(ticket)
        assert window.status == 409, "somebody came back"

    def test_who_is_shut_out_neither_leaves_nor_connects(self, ours: House, org: StandIn) -> None:
        (_, ticket), (_, later) = self.leave(ours), self.leave(ours)
        window = Window(ours)
        back = log_in(window.go(ticket), org.options.password)
        with ours.database.write() as connection:
            provisioned.bar(connection, 1)
        for address in (back, later):
            assert window.go(address) == ""
            assert "You were shut out of Real Magnet here" in window.page.text
        assert kept(ours) == {}

    def test_a_denial_changes_nothing_and_says_what_to_do(self, ours: House) -> None:
        frame, ticket = self.leave(ours)
        window = Window(ours)
        state = query_of(window.go(ticket))["state"]
        window.go(f"/oauth/callback?error=access_denied&error_description=end-user+denied+authorization&state={state}")
        assert "Access was not allowed on Salesforce's page" in window.page.text
        assert "Connect again and choose Allow" in self.wait(frame)
        assert kept(ours) == {}

    def test_a_right_taken_back_meanwhile_counts(self, ours: House, org: StandIn) -> None:
        _, ticket = self.leave(ours)
        window = Window(ours)
        back = log_in(window.go(ticket), org.options.password)
        usual_rights(ours)
        window.go(back)
        assert "right to change Settings was taken back" in window.page.text
        assert kept(ours) == {}

    def test_another_org_is_refused(self, ours: House, org: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(standing, "salesforce_id", lambda *_: ORG)
        _, ticket = self.leave(ours)
        window = Window(ours)
        window.go(log_in(window.go(ticket), org.options.password))
        assert "leads to another Salesforce organization" in window.page.text
        assert kept(ours) == {}

    def test_an_approval_only_reports_also_of_a_user_who_may_not_use_the_api(
        self, ours: House, org: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise CredentialsRefused("The API is not enabled for this user.", code="API_DISABLED_FOR_ORG")

        monkeypatch.setattr(Salesforce, "users", refuse)
        with ours.app.test_request_context():
            _, address = popup.depart(popup.Leaving(ours.org_id, popup.APPROVE))
        window = Window(ours)
        there = window.go(address)
        assert query_of(there)["scope"] == "openid api", "nothing that lives on at Salesforce"
        window.go(log_in(there, org.options.password))
        assert window.page.title == "You have approved Real Magnet · Real Magnet"
        assert kept(ours) == {}

    def test_an_app_that_is_not_known_is_asked_for(self, ours: House, org: StandIn) -> None:
        with ours.database.write() as connection:
            connection.exec_driver_sql("UPDATE orgs SET consumer_key = ''")
        frame = ours.linked()
        frame.submit("/connection/salesforce/log-in")
        assert "does not know yet under which consumer key" in frame.page.text
        frame.submit("/connection/salesforce/app", **entered(org))
        assert frame.page.find("#open-login")

    @pytest.mark.parametrize(("secret", "known"), [("another app's", ""), (SECRET, "3MVG9-key")])
    def test_a_key_goes_only_with_the_secret_it_was_proved_with(self, house: House, secret: str, known: str) -> None:
        services, who = house.app.extensions[EXTENSION].services, audit.Actor(house.org_id, None)
        user = SalesforceUser("005000000000009AAA", "ada@example.org", "Ada", active=True, profile="")
        tried = Tried(ORG, "Example", user, "https://example-org.my.salesforce.com")
        web = Connection(str(Way.WEB), tried.instance_url, client_id="3MVG9-key", client_secret=secret)
        ways.save_salesforce(services, house.org_id, web, tried, who)
        with house.database.read() as connection:
            app = standing.app_of(connection, services.vault, house.org_id)
        assert (app.client_id, app.client_secret) == ("3MVG9-key", secret)
        ways.save_salesforce(services, house.org_id, dataclasses.replace(web, kind=str(Way.JWT)), tried, who)
        with house.database.read() as connection:
            assert connection.execute(text("SELECT consumer_key FROM orgs WHERE id = 1")).scalar() == known
            with nullcontext() if known else pytest.raises(Refused, match="does not know yet"):
                standing.app_of(connection, services.vault, house.org_id)

    def test_who_waits_too_long_is_told(self, ours: House) -> None:
        frame, _ = self.leave(ours)
        with ours.database.write() as connection:
            connection.execute(text("UPDATE handovers SET expires_at = 0"))
        assert self.wait(frame) == "Nobody logged in within 15 minutes. Nothing was changed."
        assert handovers.SECONDS == 15 * 60


def test_the_first_login_can_do_the_nightly_work_as_well(house: House) -> None:
    frame = house.launch()
    assert "checked" in frame.page.find("#nightly")[0].attributes
    frame.submit("/login", username="ada", password="right", nightly="on")
    assert frame.page.title == "Home · Real Magnet"
    with house.database.read() as connection:
        row = connection.exec_driver_sql("SELECT username, account FROM realmagnet_connections").one()
    assert tuple(row) == ("ada", "ACME")


def test_who_has_no_right_to_settings_or_unticks_it_connects_nothing(house: House) -> None:
    frame = house.launch().submit("/login", username="ada", password="right")
    assert frame.page.title == "Home · Real Magnet"
    usual_rights(house)
    other = house.launch(userId="005000000000002AAA", context__user__userId="005000000000002AAA")
    assert not other.page.find("#nightly")
    with house.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM realmagnet_connections").scalar() == 0


def test_the_frames_answers_set_no_cookie_and_only_the_window_reads_one() -> None:
    reading = {
        str(path) for path in Path("webapp").rglob("*.py") if "cookies.read(" in path.read_text(encoding="utf-8")
    }
    assert reading <= {"webapp/connection/popup.py", "webapp/setup/browser.py"}
