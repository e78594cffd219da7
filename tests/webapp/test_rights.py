"""Every address with every right, by one table: who may come in, and that nobody reaches another's organization."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, fields
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from connector.model.rights import ALL, Area, Level, Rights, allows
from connector.settings import SALESFORCE_HOSTS, Settings
from connector.store import provisioned, rights, users
from tests.stores import empty_store
from tests.webapp.conftest import House, make_house
from tests.webapp.planted import FOREIGN_WORD, Planted, neighbour, plant, rows_of, without_vendors
from webapp.guard import EVERYBODY, NEEDS, OPEN, UNLINKED

UPLOADS, TRACKING, MESSAGING, SETTINGS = Area.UPLOADS, Area.TRACKING, Area.MESSAGING, Area.SETTINGS
DELETION = Area.DELETION
READ, FULL = Level.READ, Level.FULL

ROUTES: dict[str | tuple[Area, Level], str] = {
    "open": """
        deletions.fetch_receipt activity_report.fetch
        api.jobs api.run api.start audience.fetch door.explain door.launch renewal.renew approval.wait health.alive
        messages.fetch metrics.show run_log.fetch settings_file.fetch
        intake_door.take errors_list.fetch
        health.ready popup.callback popup.start prepare.fetch_package set_up.begin set_up.connect set_up.download
        set_up.download_source set_up.leave set_up.mend set_up.show
    """,
    "everybody": """
        checklist.show home.show home.status login.ask login.check run_log.ask_for_file run_log.show
        runs.index runs.one
        my_login.show my_login.test my_login.replace my_login.ask_to_unlink my_login.unlink
    """,
    (UPLOADS, READ): """
        audience.ask_for_file audience.show campaign_panel.show campaign_panel.status campaign_seeing.status
        upload_jobs.index upload_jobs.one upload_jobs.status upload_jobs.table upload_run.status
    """,
    (UPLOADS, FULL): """
        campaign_beginning.change campaign_beginning.choose campaign_beginning.new campaign_beginning.search
        campaign_beginning.see campaign_beginning.see_again campaign_panel.approve campaign_panel.ask_to_approve
        campaign_panel.ask_to_cancel campaign_panel.cancel campaign_panel.upload campaign_seeing.cancel
        campaign_seeing.discard campaign_seeing.read campaign_seeing.upload upload_job_actions.ask_to_delete
        upload_job_actions.delete upload_job_actions.pause upload_job_actions.resume upload_job_actions.run_now
        upload_run.again upload_run.approve upload_run.ask_to_approve upload_run.ask_to_stop upload_run.retry
        upload_run.stop wizard.create wizard.panels.field_lines wizard.panels.group_how wizard.panels.group_panel
        wizard.panels.group_search wizard.panels.preview_cancel wizard.panels.preview_rules
        wizard.panels.preview_start wizard.panels.preview_status wizard.panels.source_panel
        wizard.panels.source_query wizard.panels.source_search wizard.panels.source_statuses
        wizard.panels.when_panel wizard.panels.when_times wizard.save_fields wizard.save_group wizard.save_preview
        wizard.save_source wizard.save_when wizard.show_fields wizard.show_group wizard.show_preview
        wizard.show_source wizard.show_when
    """,
    (TRACKING, READ): """
        errors_list.index errors_list.rows errors_list.ask_for_file
        activity_report.ask_for_file activity_report.behind activity_report.delete activity_report.save
        activity_report.show
        message.recipients message.show messages.ask_for_file messages.index
        person_panel.message person_panel.more person_panel.show
        runs.progress runs.rejected runs.unmatched updates.status
        reconciliation.index reconciliation.status why.show
    """,
    (TRACKING, FULL): """
        errors_list.try_again errors_list.ask_to_ignore errors_list.ignore errors_list.stop_ignoring
        home.ask_to_cancel home.cancel home.sync_now updates.start reconciliation.fill
        run_again.check run_again.show run_again.start run_again.stop
    """,
    (MESSAGING, READ): "sends.index sends.one sends.status single_sends.one single_sends.status",
    (MESSAGING, FULL): """
        scheduling.ask scheduling.create scheduling.groups scheduling.message scheduling.messages scheduling.when
        sends.ask_to_cancel sends.cancel sends.dismiss
        single_sends.ask single_sends.messages single_sends.preview single_sends.send
    """,
    (DELETION, READ): """
        deletions.ask_for_receipt deletions.index deletions.one deletions.status
    """,
    (DELETION, FULL): """
        tidying.ask_to_clear tidying.clear
        deletions.again deletions.ask_to_restore deletions.restore deletions.stop
        ordering_deletions.create ordering_deletions.new undoing.begin undoing.show
    """,
    (SETTINGS, READ): """
        intake_page.index intake_page.batch
        access.index access.one audit_log.show budgets.preview budgets.show budgets.storage
        connection.show doctor.show manage_data.forecast manage_data.preview
        manage_data.show notifications.show prepare.ask_for_package prepare.show prepare.status tidying.look
    """,
    (SETTINGS, FULL): """
        access_changes.ask_to_bar access_changes.ask_to_unlink access_changes.bar access_changes.give
        access_changes.let_in access_changes.remove_default access_changes.set_default access_changes.sign_out
        access_changes.unlink backfill.ask backfill.cancel backfill.show backfill.start backfill.status
        budgets.keep budgets.save checklist.cancel_look checklist.look checklist.prepare_salesforce
        connect_realmagnet.ask connect_realmagnet.connect connect_salesforce.ask connect_salesforce.choose
        connect_salesforce.connect connect_salesforce.log_in connect_salesforce.wait connection.test_realmagnet
        connection.test_salesforce home.first_night keys.ask_to_revoke keys.create keys.index keys.revoke
        intake_page.ask_to_renew intake_page.ask_to_revoke intake_page.create
        intake_page.renew intake_page.revoke intake_page.take_file
        manage_data.save notice_addresses.add notice_addresses.ask_to_remove notice_addresses.ask_to_replace
        notice_addresses.change notice_addresses.remove notice_addresses.replace notice_addresses.test
        notifications.save notifications.seen prepare.begin settings_file.apply
        settings_file.ask_for_file settings_file.check
        settings_file.check_state settings_file.index settings_file.state tidying.fill
    """,
}
"""Whoever adds an address says here, too, who may use it."""

MARKS = {endpoint: mark for mark, endpoints in ROUTES.items() for endpoint in endpoints.split()}
ON_ITS_WAY = {"runs.one": (TRACKING, READ)}
"""Views for everybody that learn what they need from what is asked for: here a run of activity."""
EVERY_RIGHT = [(area, level) for area in Area for level in Level]
OF_NO_ORG = {"campaign_id", "record_id", "message_id", "slug", "ticket", "token", "org", "step"}
"""Arguments that are words of Salesforce, or prove themselves."""

NEEDS_MORE_THAN_A_NUMBER = {"person_panel.message", "campaign_seeing.status", "tidying.ask_to_clear"}
"""A message that went to that person, a preview that was begun, a kind that is kept up no more: their own tests have
them."""
SAYS_IT_IS_DELETED = {"campaign_panel.status"}
"""Asked by a panel that stays open: of a job that is not there it says that it is deleted."""


@dataclass
class World:
    """The app with two organizations, and a user of the first who asks."""

    house: House
    own: Planted
    foreign: Planted
    token: str

    def ask(self, rule: Rule, method: str, of: Planted) -> TestResponse:
        """An address with what this organization has in the place of its arguments."""
        values = of.values(rule.endpoint.rpartition(".")[0])
        given = dict(rule.defaults or {})
        named = given | {name: values[name] for name in rule.arguments - given.keys()}
        address = self.house.app.url_map.bind("localhost").build(rule.endpoint, named, method)
        headers = {"Authorization": f"Bearer {self.token}", "HX-Request": "true"}
        return self.house.app.test_client(use_cookies=False).open(address, method=method, headers=headers)

    def may(self, given: Rights) -> None:
        """Give the user these rights and no others, and a login at Real Magnet."""
        with self.house.database.write() as connection:
            rights.give(connection, self.own.user_id, {area: given.get(area, Level.NONE) for area in Area})
            users.link(connection, self.own.user_id, "ada")

    def closed(self) -> list[tuple[Rule, str]]:
        """Every address with each of its methods that is not open."""
        found = [rule for rule in self.house.app.url_map.iter_rules() if MARKS.get(rule.endpoint, "open") != "open"]
        return [(rule, method) for rule in found for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    url = empty_store(tmp_path_factory.mktemp("rights") / "store.db")
    keys = (Fernet.generate_key().decode(),)
    settings = Settings(database_url=url, redis_url="memory://", secret_keys=keys, salesforce_hosts=SALESFORCE_HOSTS)
    house = make_house(settings)
    token = house.linked().token
    with house.database.read() as connection:
        user_id = int(connection.execute(text("SELECT id FROM users")).scalar_one())
    without_vendors(house)
    own = plant(house, house.org_id, user_id, "Ours")
    yield World(house, own, plant(house, *neighbour(house), FOREIGN_WORD), token)
    house.database.dispose()


def test_the_table_names_every_address_and_agrees_with_the_marks(world: World) -> None:
    views = world.house.app.view_functions
    assert sorted(views) == sorted(MARKS)
    assert {name: mark_of(view) for name, view in views.items()} == MARKS


def mark_of(view: Callable[..., Any]) -> Any:
    if hasattr(view, OPEN):
        return "open"
    return getattr(view, NEEDS, "everybody" if hasattr(view, EVERYBODY) else "nobody said")


def test_each_right_opens_what_it_says_and_nothing_else(world: World) -> None:
    wrong: list[str] = []
    for area, level in EVERY_RIGHT:
        given = {area: level}
        world.may(given)
        for rule, method in world.closed():
            wanted = ON_ITS_WAY.get(rule.endpoint) or MARKS[rule.endpoint]
            let_in = isinstance(wanted, str) or allows(given, *wanted)
            answer = world.ask(rule, method, world.own if method == "GET" or not let_in else nothing(world.own))
            if (answer.status_code != 403) != let_in or answer.status_code in {401, 500}:
                wrong.append(f"{area}: {level}, {method} {rule.endpoint}: {answer.status_code}")
            if rule.endpoint == "my_login.unlink":
                world.may(given)
    assert wrong == []


def nothing(own: Planted) -> Planted:
    """Numbers that nobody has, so that a view that is let in changes nothing."""
    return Planted(own.org_id, *[99_999_999] * (len(fields(Planted)) - 1))


def test_what_belongs_to_another_organization_is_not_there_and_stays_as_it_is(world: World) -> None:
    world.may(ALL)
    before, wrong, told = rows_of(world.house, world.foreign.org_id), list[str](), 0
    for rule, method in world.closed():
        if rule.endpoint == "my_login.unlink":
            continue
        answer = world.ask(rule, method, world.foreign)
        told += "Ours" in answer.text
        if FOREIGN_WORD in answer.text or FOREIGN_WORD in str(answer.headers):
            wrong.append(f"{method} {rule.endpoint} shows it")
        if set(rule.arguments) - OF_NO_ORG and answer.status_code != 404 and rule.endpoint not in SAYS_IT_IS_DELETED:
            wrong.append(f"{method} {rule.endpoint}: {answer.status_code}")
    assert wrong == []
    assert rows_of(world.house, world.foreign.org_id) == before
    assert told > 10, "the planted words are not what screens show"


def test_what_is_ones_own_is_there(world: World) -> None:
    world.may(ALL)
    reached = {rule.endpoint: world.ask(rule, "GET", world.own) for rule, method in world.closed() if method == "GET"}
    assert {name for name, answer in reached.items() if answer.status_code == 404} == NEEDS_MORE_THAN_A_NUMBER
    assert [name for name, answer in reached.items() if answer.status_code in {401, 403, 500}] == []


def test_who_is_not_linked_sees_the_login_page_whatever_the_rights(world: World) -> None:
    world.may(ALL)
    with world.house.database.write() as connection:
        provisioned.unlink(connection, world.own.user_id)
    views = world.house.app.view_functions
    asked = [(rule, method) for rule, method in world.closed() if not hasattr(views[rule.endpoint], UNLINKED)]
    assert [
        f"{method} {rule}" for rule, method in asked if "/login" not in world.ask(rule, method, world.own).text
    ] == []
    assert len(asked) > 100


@pytest.mark.parametrize("who", ["nobody", "somebody shut out"])
def test_without_a_session_nothing_opens(world: World, who: str) -> None:
    world.may(ALL)
    stranger = World(world.house, world.own, world.foreign, "" if who == "nobody" else world.token)
    with world.house.database.write() as connection:
        statement = "UPDATE users SET barred_at = :at WHERE id = :id"
        connection.execute(text(statement), {"at": None if who == "nobody" else 1, "id": world.own.user_id})
    try:
        answers = {stranger.ask(rule, method, world.own).status_code for rule, method in world.closed()}
    finally:
        with world.house.database.write() as connection:
            provisioned.let_in(connection, world.own.user_id)
    assert answers == {401}
