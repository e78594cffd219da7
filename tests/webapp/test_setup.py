"""Step 0: a one-use code opens a page outside the frame, which leads from nothing to a connected organization."""

import io
import json
import re
import time
import zipfile
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from connector.errors import Refused
from connector.model.connection import SalesforceUser, Tried
from connector.model.rights import ALL, USUAL, Area, Level
from connector.salesforce.tokens import Connection
from connector.settings import Settings
from connector.store import handovers, orgs, provisioned, rights, setups, users
from tests.webapp.conftest import ORG, SECRET, House
from tests.webapp.pages import Page
from webapp.setup import arriving, form

NEW = "00D000000000009EAA"
DOMAIN = "https://acme.my.salesforce.com"
PUBLIC = Settings(public_url="https://real-magnet.example.org")
ADMIN = SalesforceUser("005000000000009AAA", "grace@example.org", "Grace Example", active=True, profile="")


@dataclass
class Browser:
    """An ordinary browser tab: cookies, forms as they stand on the page, redirects followed by hand."""

    house: House
    client: FlaskClient
    page: Page = field(default_factory=lambda: Page(""))
    status: int = 0
    headers: Any = None

    def open(self, address: str = "/set-up") -> "Browser":
        return self._seen(self.client.get(address))

    def submit(self, address: str, **values: str) -> "Browser":
        """Fill a form of the page and send it; a redirect is followed."""
        (sent,) = self.page.find(f"form[action='{address}']")
        hidden = {
            e.attributes["name"]: e.attributes["value"]
            for e in self.page.find("input[type='hidden']")
            if sent in e.around
        }
        answer = self.client.post(address, data={**hidden, **values})
        if answer.status_code == 303 and answer.location == "/set-up":
            return self.open()
        return self._seen(answer)

    def begin(self, code: str, organization: str = NEW, my_domain: str = "acme") -> "Browser":
        return self.open().submit("/set-up", code=code, organization=organization, my_domain=my_domain)

    def _seen(self, answer: Any) -> "Browser":
        self.status, self.headers, self.page = answer.status_code, answer.headers, Page(answer.text)
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
        if answer.mimetype == "text/html" and answer.status_code != 303:
            assert self.page.faults() == []
            assert self.page.find("script") == []
        return self


@pytest.fixture
def tab(house: House) -> Browser:
    return Browser(house, house.app.test_client())


def another(house: House) -> Browser:
    return Browser(house, house.app.test_client())


def code_of(house: House) -> str:
    with house.database.write() as connection:
        return setups.issue(connection)


def begun(house: House, tab: Browser, organization: str = NEW, code: str = "") -> Browser:
    return tab.begin(code or code_of(house), organization)


def sql(house: House, statement: str, **values: object) -> list[Any]:
    with house.database.write() as connection:
        found = connection.execute(text(statement), values)
        return list(found.mappings()) if found.returns_rows else []


def test_the_page_grows_with_each_step(house: House, tab: Browser) -> None:
    tab.begin(code_of(house).lower().replace("-", " "))
    assert tab.status == 200
    assert DOMAIN in tab.page.text
    assert [link.text for link in tab.page.find("a") if "download" in link.attributes] == [
        "Download the package",
        "Download for sf",
    ]
    assert "Allow access to OAuth consumer secrets via Metadata API" in tab.page.text
    assert "View External Client Apps consumer secrets in metadata" in tab.page.text
    assert "Save and connect Salesforce" in tab.page.text


def test_a_reload_and_a_second_tab_go_on_where_the_first_one_was(house: House, tab: Browser) -> None:
    begun(house, tab)
    assert "Save and connect Salesforce" in tab.open().page.text


def test_both_packages_are_the_organizations_own(house: House, tab: Browser) -> None:
    begun(house, tab)
    for name in ("package", "source"):
        answer = tab.client.get(f"/set-up/{name}.zip")
        assert answer.mimetype == "application/zip"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
        assert any(f"/canvas/{NEW}".encode() in archive.read(one) for one in archive.namelist())


def test_a_code_works_once_and_a_second_browser_is_told_so(house: House, tab: Browser) -> None:
    code = code_of(house)
    tab.begin(code)
    assert "used before" in another(house).begin(code).page.text


def test_a_code_that_came_too_late_or_never_was_is_told_apart(house: House, tab: Browser, time_machine: Any) -> None:
    assert "none of our set-up codes" in tab.begin("AAAA-BBBB-CCCC").page.text
    assert "Enter the set-up code" in tab.begin("").page.text
    code = code_of(house)
    time_machine.move_to(time.time() + setups.CODE_SECONDS + 1)
    assert "too old" in tab.begin(code).page.text


def test_a_set_up_that_took_too_long_says_so(house: House, tab: Browser, time_machine: Any) -> None:
    begun(house, tab)
    time_machine.move_to(time.time() + setups.SETUP_SECONDS + 1)
    assert "longer than four hours" in tab.open().page.text


def test_a_mistake_beside_the_code_does_not_use_it_up(house: House, tab: Browser) -> None:
    code = code_of(house)
    tab.begin(code, organization="00D123", my_domain="example.org")
    assert tab.status == 422
    assert {form.ID_SHAPE, form.DOMAIN} <= {e.text for e in tab.page.find(".slds-form-element__help")}
    (entered,) = tab.page.find("#organization")
    assert entered.attributes["value"] == "00D123"
    assert tab.begin(code).status == 200


@pytest.mark.parametrize(
    ("entered", "understood"),
    [
        ("acme", DOMAIN),
        (" ACME ", DOMAIN),
        ("acme.my.salesforce.com", DOMAIN),
        ("https://acme.my.salesforce.com/lightning/setup?x=1", DOMAIN),
        ("https://acme.lightning.force.com/lightning/page/home", DOMAIN),
        ("https://acme.my.salesforce.com:443", DOMAIN),
        ("acme--uat.sandbox", "https://acme--uat.sandbox.my.salesforce.com"),
        ("http://localhost:8001", "http://localhost:8001"),
        ("localhost:8001", "http://localhost:8001"),
    ],
)
def test_my_domain_is_understood_however_it_is_copied(entered: str, understood: str) -> None:
    assert form.organization(NEW, entered, Settings()).my_domain == understood


@pytest.mark.parametrize(
    "entered",
    [
        "",
        "acme.example.org",
        "https://login.salesforce.com",
        "https://login.salesforce.com:443",
        "https://trailhead.salesforce.com",
        "https://acme.my.site.com",
        "https://acme.my.salesforce.com:22",
        "ftp://acme.my.salesforce.com",
        "a@b.my.salesforce.com",
        "http://127.0.0.1:22",
        "http://[::1]:22",
        "http://[::1",
        "http://intranet.localhost",
    ],
)
def test_what_is_no_my_domain_is_refused(entered: str) -> None:
    assert "my_domain" in form.organization(NEW, entered, PUBLIC).problems


def test_what_the_operator_named_besides_is_a_my_domain() -> None:
    named = replace(PUBLIC, salesforce_hosts=(*PUBLIC.salesforce_hosts, ".my.salesforce.mil", "localhost"))
    for entered in ("https://acme.my.salesforce.mil", "http://localhost:8001"):
        assert form.organization(NEW, entered, named).my_domain == entered


def test_a_form_without_its_token_changes_nothing(house: House, tab: Browser) -> None:
    begun(house, tab)
    for values in ({}, {"token": "0" * 64}, {"token": "ü"}):
        answer = tab.client.post("/set-up/connect", data={**values, "consumer_key": "k", "consumer_secret": "s"})
        assert answer.status_code == 409
        assert "changed meanwhile" in answer.text
    assert sql(house, "SELECT consumer_key FROM setups")[0]["consumer_key"] == ""


def test_another_browsers_token_is_none(house: House, tab: Browser) -> None:
    begun(house, tab)
    stranger = another(house).open()
    token = stranger.page.find("input[name='token']")[0].attributes["value"]
    assert tab.client.post("/set-up/connect", data={"token": token}).status_code == 409


def test_a_browser_without_a_set_up_is_told_where_to_begin(house: House, tab: Browser) -> None:
    answer = tab.client.get("/set-up/package.zip")
    assert answer.status_code == 409
    assert "no set-up under way" in answer.text


def test_over_https_the_cookie_is_bound_to_the_host(house: House, tab: Browser) -> None:
    object.__setattr__(house.settings, "public_url", "https://real-magnet.example.org")
    cookie = tab.open().headers["Set-Cookie"]
    assert cookie.startswith("__Host-setup=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_codes_cannot_be_tried_without_end(house: House, tab: Browser) -> None:
    tab.open()
    answers = [tab.client.post("/set-up").status_code for _ in range(21)]
    assert answers[-1] == 429


def connecting(house: House, tab: Browser, organization: str = NEW, code: str = "") -> str:
    """Through step 3; answers the ticket for Salesforce's page."""
    begun(house, tab, organization, code)
    answer = tab.client.post(
        "/set-up/connect",
        data={
            "token": tab.page.find("input[name='token']")[0].attributes["value"],
            "consumer_key": " the-key ",
            "consumer_secret": "the-secret",
        },
    )
    assert answer.status_code == 303
    found = re.fullmatch(r"/set-up/leave/([\w-]+)", answer.location)
    assert found is not None
    return found[1]


def tried(organization: str = NEW) -> Tried:
    return Tried(organization, "Association of Newcomers", ADMIN, DOMAIN)


def kept() -> Connection:
    return Connection(
        kind="refresh_token",
        login_url=DOMAIN,
        instance_url=DOMAIN,
        client_id="the-key",
        client_secret="the-secret",
        refresh_token="refresh",
        access_token="access",
    )


def test_the_way_to_salesforce_leads_over_a_page_of_ours(house: House, tab: Browser) -> None:
    ticket = connecting(house, tab)
    tab.open(f"/set-up/leave/{ticket}")
    (meta,) = tab.page.find("meta[http-equiv='refresh']")
    assert meta.attributes["content"] == f"0; url=/oauth/start/{ticket}"
    named = tab.headers["Set-Cookie"]
    left = [tab.client.get(f"/oauth/start/{ticket}") for _ in range(2)]
    assert named.startswith("oauth="), "known before it leaves: the page goes on by itself, and has a button too"
    assert [answer.status_code for answer in left] == [303, 303]
    assert left[0].location == left[1].location
    stranger = another(house).open(f"/oauth/start/{ticket}")
    assert stranger.status == 409
    assert stranger.page.find("a[href='/set-up']")


def test_key_and_secret_wait_encrypted_until_salesforce_lets_us_in(house: House, tab: Browser) -> None:
    connecting(house, tab)
    (setup,) = sql(house, "SELECT * FROM setups")
    assert house.vault.open(NEW, "consumer_secret", setup["consumer_secret"]) == "the-secret"
    (asked,) = sql(house, "SELECT * FROM handovers")
    assert (asked["purpose"], asked["setup_id"]) == ("set-up", setup["id"])
    page = tab.open().page
    assert page.find("#consumer_key")[0].attributes["value"] == "the-key"
    assert "value" not in page.find("#consumer_secret")[0].attributes
    assert "the-secret" not in page.html


def test_a_missing_key_is_told_beside_its_field(house: House, tab: Browser) -> None:
    begun(house, tab).submit("/set-up/connect", consumer_key="", consumer_secret="")
    assert tab.status == 422
    assert [e.attributes["id"] for e in tab.page.find(".slds-form-element__help")] == [
        "consumer_key-problem",
        "consumer_secret-problem",
    ]


def test_whoever_connects_first_may_do_everything_and_the_others_the_usual(house: House, tab: Browser) -> None:
    connecting(house, tab)
    (setup,) = sql(house, "SELECT org_id FROM setups")
    arrive(house)
    with house.database.write() as connection:
        user_id = connection.execute(text("SELECT id FROM users WHERE name = 'Grace Example'")).scalar_one()
        assert rights.of_user(connection, user_id) == ALL
        other = users.welcome(connection, setup["org_id"], users.Identity("005000000000008AAA", "Bo", "en_US", "UTC"))
        assert rights.of_user(connection, other) == USUAL
    (org,) = sql(house, "SELECT * FROM orgs WHERE salesforce_id = :id", id=NEW)
    assert (org["name"], org["consumer_key"], org["my_domain"]) == ("Association of Newcomers", "the-key", DOMAIN)
    assert house.vault.open(NEW, "consumer_secret", org["consumer_secret"]) == "the-secret"
    assert sql(house, "SELECT consumer_secret FROM setups")[0]["consumer_secret"] == ""
    (night,) = sql(house, "SELECT enabled FROM nights WHERE org_id = :org", org=setup["org_id"])
    assert not night["enabled"], "no night begins before somebody asked for the first one"
    page = tab.open().page
    assert "Salesforce is connected" in page.text
    assert "first administrator" in page.text
    assert f"{DOMAIN}/lightning/n/Real_Magnet" in page.html


def arrive(house: House, organization: str = NEW) -> None:
    """Come back from Salesforce, as the window does once the connection was tried."""
    row = sql(house, "SELECT * FROM handovers ORDER BY id")[-1]
    with house.app.test_request_context():
        arriving.keep(row, kept(), tried(organization))
        assert arriving.arrive(row, tried(organization)).location == "/set-up"


def refused(house: House, why: str) -> None:
    """Come back from Salesforce in vain: neither the connections nor the organizations are others than before."""
    before = sql(house, "SELECT * FROM salesforce_connections"), sql(house, "SELECT * FROM orgs")
    with pytest.raises(Refused, match=why):
        arrive(house)
    assert (sql(house, "SELECT * FROM salesforce_connections"), sql(house, "SELECT * FROM orgs")) == before


def code_for(house: House, organization: str) -> str:
    with house.database.write() as connection:
        return setups.issue(connection, organization)


def connect_somehow(house: House, org_id: int) -> None:
    with house.database.write() as connection:
        connection.execute(
            orgs.salesforce_connections.insert().values(
                org_id=org_id, kind="jwt", login_url=DOMAIN, instance_url=DOMAIN, secrets="x"
            )
        )


def test_a_code_for_a_new_organization_takes_over_none_that_works(house: House, tab: Browser) -> None:
    connect_somehow(house, house.org_id)
    code = code_of(house)
    assert "set up already, and your code is for a new one" in tab.begin(code, ORG).page.text
    assert tab.begin(code).status == 200, "the code was not used up"
    tab.submit("/set-up/organization", organization=ORG, my_domain="acme")
    assert (tab.status, "set up already" in tab.page.text) == (422, True)
    assert sql(house, "SELECT salesforce_id FROM setups")[0]["salesforce_id"] == NEW


def test_an_organization_with_an_administrator_is_not_new_either(house: House, tab: Browser) -> None:
    with house.database.write() as connection:
        boss = users.welcome(connection, house.org_id, users.Identity("005000000000007AAA", "Boss", "de_DE", "UTC"))
        rights.give(connection, boss, {Area.SETTINGS: Level.FULL})
    assert "set up already" in tab.begin(code_of(house), ORG).page.text


def test_who_set_out_for_a_new_organization_comes_back_in_vain_once_another_was_first(
    house: House, tab: Browser
) -> None:
    connecting(house, tab)
    connect_somehow(house, sql(house, "SELECT org_id FROM setups")[0]["org_id"])
    refused(house, "set up already")


def test_a_code_made_out_to_an_organization_is_good_for_no_other(house: House, tab: Browser) -> None:
    assert "made out to another organization" in tab.begin(code_for(house, ORG), NEW).page.text
    tab.begin(code_for(house, ORG), ORG).submit("/set-up/organization", organization=NEW, my_domain="acme")
    assert (tab.status, "made out to another organization" in tab.page.text) == (422, True)


def test_a_code_made_out_to_an_organization_is_the_way_back_for_a_lost_administrator(
    house: House, tab: Browser
) -> None:
    connect_somehow(house, house.org_id)
    with house.database.write() as connection:
        boss = users.welcome(connection, house.org_id, users.Identity("005000000000007AAA", "Boss", "de_DE", "UTC"))
        rights.give(connection, boss, {Area.SETTINGS: Level.FULL})
        rights.set_defaults(connection, house.org_id, rights.Holder.EVERYBODY, "", USUAL)
        connection.execute(text("UPDATE orgs SET consumer_key = 'old' WHERE id = :id"), {"id": house.org_id})
    connecting(house, tab, ORG, code_for(house, ORG))
    assert "set up already" in tab.open().page.text
    (org,) = sql(house, "SELECT * FROM orgs WHERE id = :id", id=house.org_id)
    assert house.vault.open(ORG, "consumer_secret", org["consumer_secret"]) == SECRET, "until Salesforce lets us in"
    arrive(house, ORG)
    assert "set up before" in tab.open().page.text
    with house.database.read() as connection:
        grace = connection.execute(text("SELECT id FROM users WHERE name = 'Grace Example'")).scalar_one()
        assert rights.of_user(connection, grace) == ALL
        assert rights.own(connection, boss) == {Area.SETTINGS: Level.FULL}, "all others keep what they had"
    (org,) = sql(house, "SELECT * FROM orgs WHERE id = :id", id=house.org_id)
    assert house.vault.open(ORG, "consumer_secret", org["consumer_secret"]) == "the-secret"
    entries = sql(house, "SELECT * FROM audit ORDER BY id")
    assert [(entry["action"], entry["user_id"]) for entry in entries] == [
        ("Connected Salesforce", grace),
        ("Set up with a code", grace),
    ]
    after = json.loads(entries[1]["after"])
    assert (after["consumer key"], after["administrator"]) == ("the-key", "Grace Example")
    assert "the-secret" not in str(entries)


def test_who_was_shut_out_comes_back_in_vain(house: House, tab: Browser) -> None:
    connecting(house, tab, ORG, code_for(house, ORG))
    with house.database.write() as connection:
        grace = users.welcome(connection, house.org_id, users.Identity(ADMIN.id, ADMIN.name, "en_US", "UTC"))
        provisioned.bar(connection, grace)
    refused(house, "shut out")


def test_a_key_and_secret_that_were_typed_meanwhile_do_not_take_the_place_of_those_that_let_us_in(
    house: House, tab: Browser
) -> None:
    connecting(house, tab)
    typed = house.vault.seal(NEW, "consumer_secret", "mistyped")
    with house.database.write() as connection:
        setups.enter(connection, 1, "another-key", typed)
    arrive(house)
    (org,) = sql(house, "SELECT * FROM orgs WHERE salesforce_id = :id", id=NEW)
    assert org["consumer_key"] == "the-key"
    assert house.vault.open(NEW, "consumer_secret", org["consumer_secret"]) == "the-secret"


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        ("finished_at = 1", "finished meanwhile"),
        ("expires_at = 1", "longer than four hours"),
        ("org_id = NULL", "changed on the set-up page"),
    ],
)
def test_a_set_up_that_is_not_what_it_was_keeps_no_connection(
    house: House, tab: Browser, meanwhile: str, why: str
) -> None:
    connecting(house, tab)
    sql(house, f"UPDATE setups SET {meanwhile}")  # noqa: S608  # our own words
    refused(house, why)


def test_what_salesforce_refused_stands_at_step_3_and_nothing_is_lost(house: House, tab: Browser) -> None:
    connecting(house, tab)
    with house.database.write() as connection:
        handovers.settle(connection, 1, "failed", "The app is not installed in this organization.")
    page = tab.open().page
    (alert,) = [e for e in page.elements if e.attributes.get("role") == "alert"]
    assert alert.text == "The app is not installed in this organization."
    assert "Kept already" in page.text
    assert tab.submit("/set-up/connect", consumer_key="the-key", consumer_secret="").status == 303


def test_another_organization_can_be_named_after_all(house: House, tab: Browser) -> None:
    begun(house, tab).submit("/set-up/organization", organization=ORG, my_domain="beta")
    assert tab.status == 200
    assert "https://beta.my.salesforce.com" in tab.page.text


def test_who_left_and_did_not_come_back_is_told_what_may_be_wrong(house: House, tab: Browser) -> None:
    ticket = connecting(house, tab)
    assert "did not come back" not in tab.open().page.text
    with house.database.write() as connection:
        handovers.leave(connection, ticket, "state", "browser")
    assert "You went to Salesforce and did not come back" in tab.open().page.text
