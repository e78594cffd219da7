"""Prepare Salesforce and the permission check: one click of an administrator, words for everybody else."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from connector.connection import needs
from connector.connection.preparing import Hands
from connector.errors import ConnectorError, CredentialsRefused, Refused
from connector.model.connection import ComponentError, Deployment, ObjectShape, SalesforceUser
from connector.model.rights import Area, Level
from connector.store import audit, deployments, rights
from tests.connector.connection.standing import Served, served, whole
from tests.webapp.conftest import ORG, House
from webapp.connection import doctor, prepare
from webapp.wiring import EXTENSION, Wiring

if TYPE_CHECKING:
    from connector.salesforce.gateway import Salesforce

CONNECTED = "005000000000009AAA"


@dataclass
class FakeOrg:
    """An org in which everything is in place, until a test takes it away."""

    shapes_told: dict[str, ObjectShape] = field(default_factory=lambda: whole(needs.for_org()))
    sets: tuple[str, ...] = (needs.INTEGRATION,)
    state: Deployment = field(default_factory=lambda: Deployment("0Af1", "InProgress", False, False, 12, 157))
    error: ConnectorError | None = None
    refusal: Refused | None = None
    given: list[str] = field(default_factory=list)
    deployed: int = 0
    usage: tuple[int, int] = (1, 1000)
    hides_setup: bool = False
    meanwhile: Callable[[], object] = bool

    def shapes(self, names: list[str]) -> dict[str, ObjectShape]:
        if self.error:
            raise self.error
        return {name: self.shapes_told[name] for name in names if name in self.shapes_told}

    def me(self) -> dict[str, str]:
        return {"user_id": CONNECTED}

    def user(self, user_id: str) -> SalesforceUser:
        return SalesforceUser(
            user_id, "integration@example.org", "Integration", True, "Minimum", self.sets, not self.hides_setup
        )

    def permission_set_ids(self, names: list[str]) -> dict[str, str]:
        if self.hides_setup:
            raise Refused("sObject type 'PermissionSet' is not supported.", code="INVALID_TYPE")
        return {name: f"0PS{name}" for name in names}

    def assign(self, user_id: str, permission_set_id: str) -> None:
        assert user_id == CONNECTED
        self.given.append(permission_set_id)
        self.sets = (needs.INTEGRATION,)

    def deploy(self, zipped: bytes) -> str:
        if self.refusal:
            raise self.refusal
        assert zipfile.is_zipfile(io.BytesIO(zipped))
        self.deployed += 1
        self.meanwhile()
        return "0Af1"

    def deployment(self, deployment_id: str) -> Deployment:
        assert deployment_id == "0Af1"
        return self.state

    def validation_rules(self, names: list[str]) -> dict[str, list[str]] | None:
        return None if self.hides_setup else {name: [] for name in names}

    duplicate_rules = validation_rules


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch) -> FakeOrg:
    found = FakeOrg()

    @contextmanager
    def both() -> Iterator[Hands]:
        one = cast("Salesforce", found)
        yield Hands(one, (one, one))

    monkeypatch.setattr(prepare, "hands", both)
    monkeypatch.setattr(doctor, "hands", both)
    return found


def entries(house: House) -> list[tuple[str, dict[str, Any]]]:
    with house.database.read() as connection:
        found = audit.entries(connection, house.org_id)
    return [(one["action"], json.loads(one["after"])) for one in found if one["action"] != "Linked to Real Magnet"]


def give(house: House, level: Level) -> None:
    with house.database.write() as connection:
        rights.give(connection, 1, {Area.SETTINGS: level})


def test_an_org_in_which_everything_is_in_place_says_so(house: House, org: FakeOrg) -> None:
    frame = house.linked().go("/connection/prepare")
    assert "Everything is in place, and integration@example.org has the permission set" in frame.page.text
    assert not frame.page.find("#prepare-now")
    frame.submit("/connection/prepare")
    assert (org.deployed, org.given) == (0, [])
    frame.submit("/connection/prepare", again="on")
    assert org.deployed == 1
    assert "Installing in Salesforce" in frame.page.text


def test_what_is_missing_is_installed_and_the_permission_set_given_though_the_page_was_left(
    house: House, org: FakeOrg
) -> None:
    del org.shapes_told["Real_Magnet_Activity__c"]
    org.sets = ()
    frame = house.linked().go("/connection/prepare")
    assert "1 part is missing in Salesforce" in frame.page.text
    assert "Object Real Magnet Activity" in frame.page.text
    frame.submit("/connection/prepare")
    assert "12 of 157 parts" in frame.page.text
    frame.submit("/connection/prepare")
    assert org.deployed == 1

    other = house.linked().go("/connection/prepare")
    assert "Installing in Salesforce" in other.page.text
    org.shapes_told = whole(needs.for_org())
    org.sets, org.given = (), []
    org.state = replace(org.state, state="Succeeded", done=True, success=True, deployed=157)
    other.go("/connection/prepare/status")
    assert "Everything is in place" in other.page.text
    assert org.given == [f"0PS{needs.INTEGRATION}"]
    other.go("/connection/prepare/status")
    assert org.given == [f"0PS{needs.INTEGRATION}"]
    actions = [action for action, _after in entries(house)]
    assert actions.count("Prepared Salesforce") == 1
    assert actions.count("Assigned a permission set") == 2


def test_who_may_only_look_gives_nobody_anything(house: House, org: FakeOrg) -> None:
    del org.shapes_told["Real_Magnet_Activity__c"]
    frame = house.linked().submit("/connection/prepare")
    give(house, Level.READ)
    org.sets, org.state = (), replace(org.state, state="Succeeded", done=True, success=True)
    frame.go("/connection/prepare/status")
    assert org.given == []
    give(house, Level.FULL)
    frame.submit("/connection/prepare")
    assert org.given == [f"0PS{needs.INTEGRATION}"]


def test_a_part_that_is_only_hidden_is_not_installed_again(house: House, org: FakeOrg) -> None:
    org.sets = ()
    frame = house.linked().go("/connection/prepare")
    assert "does not have the permission set Real Magnet Integration" in frame.page.text
    frame.submit("/connection/prepare")
    assert (org.deployed, len(org.given)) == (0, 1)
    assert "Everything is in place" in frame.page.text
    assert entries(house) == [
        ("Assigned a permission set", {"permission set": "Real Magnet Integration", "user": "integration@example.org"})
    ]


def test_two_clicks_at_once_begin_one_deployment(house: House, org: FakeOrg) -> None:
    del org.shapes_told["Real_Magnet_Activity__c"]
    first, second = house.linked(), house.linked()
    org.meanwhile = lambda: second.submit("/connection/prepare")
    first.submit("/connection/prepare")
    assert org.deployed == 1
    for frame in (first, second):
        assert "Installing in Salesforce" in frame.page.text
    assert [action for action, _after in entries(house)] == ["Prepared Salesforce"]


@pytest.mark.parametrize(("salesforce_id", "minutes"), [("", 5), ("0Af1", 60)])
def test_who_never_came_back_stands_in_the_way_for_a_while(
    house: House, time_machine: Any, salesforce_id: str, minutes: int
) -> None:
    time_machine.move_to(1_795_392_000, tick=False)
    with house.database.write() as connection:
        first = deployments.claim(connection, house.org_id, None)
        assert first
        deployments.taken(connection, first, salesforce_id)
        time_machine.move_to(1_795_392_000 + 60 * minutes - 1, tick=False)
        assert deployments.under_way(connection, house.org_id)
        assert deployments.claim(connection, house.org_id, None) is None
        time_machine.move_to(1_795_392_000 + 60 * minutes, tick=False)
        assert deployments.under_way(connection, house.org_id) is None
        assert deployments.claim(connection, house.org_id, None)


def test_what_only_setup_shows_could_not_be_asked_and_all_else_goes_on(house: House, org: FakeOrg) -> None:
    org.sets, org.hides_setup = (), True
    frame = house.linked()
    for address in ("/connection/prepare", "/connection/check"):
        text = frame.go(address).page.text
        assert "Could not be asked: whether the permission sets are installed" in text
        assert "Could not be asked: which validation rules" in text
        assert "does not have" not in text
    frame.submit("/connection/prepare", again="on")
    org.state = replace(org.state, state="Succeeded", done=True, success=True)
    assert "Everything is in place." in frame.go("/connection/prepare/status").page.text


def test_what_salesforce_refuses_is_told_part_by_part(house: House, org: FakeOrg) -> None:
    del org.shapes_told["Real_Magnet_Activity__c"]
    frame = house.linked()
    org.state = Deployment(
        "0Af1", "Failed", True, False, 0, 157, [ComponentError("CustomField", "X.Y__c", "There is <no> room.")]
    )
    frame.submit("/connection/prepare")
    assert "Salesforce refused the package, so nothing of it was installed." in frame.page.text
    assert "CustomField X.Y__c" in frame.page.text
    assert "There is <no> room." in frame.page.text
    assert frame.page.find("#prepare-now")


def test_a_refusal_is_told_for_a_while_though_nothing_is_missing(house: House, org: FakeOrg, time_machine: Any) -> None:
    time_machine.move_to(1_795_392_000, tick=False)
    org.state = Deployment("0Af1", "Failed", True, False, 0, 157, [ComponentError("Report", "X/Y", "No folder.")])
    frame = house.linked().submit("/connection/prepare", again="on")
    assert "No folder." in frame.page.text
    assert "Everything is in place" in frame.page.text
    time_machine.move_to(1_795_392_000 + 3700, tick=False)
    assert "No folder." not in house.linked().go("/connection/prepare").page.text


def test_who_may_not_deploy_is_told_whom_to_ask(house: House, org: FakeOrg) -> None:
    del org.shapes_told["Real_Magnet_Activity__c"]
    org.refusal = Refused("Salesforce: you may not.", code="INSUFFICIENT_ACCESS")
    frame = house.linked().submit("/connection/prepare")
    assert "Ask a Salesforce administrator to open this page" in frame.page.text
    with house.database.read() as connection:
        assert deployments.latest(connection, house.org_id) is None
    assert entries(house) == []


@pytest.mark.parametrize("address", ["/connection/prepare", "/connection/check"])
def test_a_salesforce_that_does_not_answer_leaves_the_page_standing(house: House, org: FakeOrg, address: str) -> None:
    org.error = CredentialsRefused("Salesforce is not connected.", advice="Connect it.")
    frame = house.linked().go(address)
    assert frame.status == 200
    assert "Salesforce could not be looked at. Salesforce is not connected. Connect it." in frame.page.text


def test_rights_decide_who_looks_and_who_acts(house: House, org: FakeOrg) -> None:
    del org.shapes_told["Real_Magnet_Activity__c"]
    frame = house.linked()
    give(house, Level.READ)
    assert not frame.go("/connection/prepare").page.find("#prepare-now")
    assert "Settings: Full" in frame.page.text
    assert frame.submit("/connection/prepare").status == 403
    give(house, Level.NONE)
    for address in ("/connection/prepare", "/connection/prepare/status", "/connection/check"):
        assert frame.go(address).status == 403
    assert frame.submit("/connection/prepare/download").status == 403
    assert org.deployed == 0


def test_the_package_is_fetched_by_a_ticket_alone(house: House, org: FakeOrg) -> None:
    frame = house.linked().submit("/connection/prepare/download")
    assert frame.status == 204
    address = frame.headers["HX-Redirect"]
    answer = house.app.test_client().get(address)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "package.xml" in archive.namelist()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="real-magnet.zip"'
    assert house.app.test_client().get(address + "x").status_code == 404
    assert house.app.test_client().get(f"/connection/prepare/package/{ORG}").status_code == 404


def test_a_ticket_is_good_for_a_minute(house: House, org: FakeOrg, time_machine: Any) -> None:
    time_machine.move_to(1_795_392_000, tick=False)
    address = house.linked().submit("/connection/prepare/download").headers["HX-Redirect"]
    time_machine.move_to(1_795_392_000 + 62, tick=False)
    assert house.app.test_client().get(address).status_code == 404


def test_the_check_tells_what_stands_in_the_way_from_what_only_warns(house: House, org: FakeOrg) -> None:
    frame = house.linked().go("/connection/check")
    assert "Nothing stands in the way." in frame.page.text
    del org.shapes_told["Lead"]
    org.usage = (950, 1000)
    frame.go("/connection/check")
    assert "Stands in the way: 1" in frame.page.text
    assert "Salesforce does not show Lead to the connected user" in frame.page.text
    assert "Brought by the permission set Real Magnet Integration" in frame.page.text
    assert "Worth a look: 1" in frame.page.text
    assert "950 of Salesforce's 1,000 API calls" in frame.page.text


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("fresh") / "org", bare=True) as found:
        yield found


def connect(house: House, fresh: Served) -> None:
    wired = cast("Wiring", house.app.extensions[EXTENSION])
    services = replace(wired.services, salesforce=lambda _org: fresh.connected)
    house.app.extensions[EXTENSION] = replace(wired, services=services)


def test_the_administrator_s_own_session_prepares_a_fresh_org(house: House, fresh: Served) -> None:
    connect(house, fresh)
    visitor = {"client__instanceUrl": fresh.url.replace("127.0.0.1", "localhost")}
    ada = fresh.token(fresh.org.user_id("ada@salesforce.example"))
    frame = house.linked(client__oauthToken=ada, **visitor).submit("/connection/prepare")
    assert "Not installed." in frame.page.text
    assert "Ask a Salesforce administrator" in frame.page.text

    frame = house.linked(client__oauthToken=fresh.token(fresh.org.admin_user_id), **visitor)
    frame.go("/connection/check")
    assert "Stands in the way" in frame.page.text
    frame.submit("/connection/prepare")
    for _ in range(3):
        frame.go("/connection/prepare/status")
    assert "Everything is in place, and integration@salesforce.example has the permission set" in frame.page.text
    assert "Nothing stands in the way." in frame.go("/connection/check").page.text
    assert [action for action, _after in entries(house)] == ["Assigned a permission set", "Prepared Salesforce"]
