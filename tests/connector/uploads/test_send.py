"""A message goes to its groups once: whatever answer is lost, wherever the worker dies, whoever fills a group."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from connector import bootstrap, clock
from connector.errors import Cancelled, NotFound, Refused, Temporary, Unsure
from connector.model.groups import GroupSend
from connector.model.runs import RunState, Trigger, send_of, upload_of
from connector.realmagnet.gateway import RealMagnet
from connector.store import claims, leases, send_steps, sends
from connector.store.claims import Asked
from connector.store.database import Database
from connector.store.orgs import create as create_org
from connector.store.sends import NewSend, Send, SendState
from connector.store.tables import metadata
from connector.uploads.send import run_send
from connector.work import Work
from sandbox.realmagnet import documents
from sandbox.realmagnet.account import DAY, Account
from sandbox.realmagnet.seed import Plan, add_groups, add_login, add_message, store_recipients
from sandbox.realmagnet.wire import read_instant
from tests.connector.realmagnet import troubles
from tests.connector.realmagnet.conftest import Vendor, serving
from worker.settle import carry_out

START = "2026-11-20T12:00:00"
MEMBERS, DONORS, FIRST, PEOPLE = 5, 6, 2_778_600_001, 6
SENDING = "SendEmailToGroupWithProfile"
_STATE = text("SELECT state FROM runs WHERE id = :id")


class Died(Exception):
    """The worker's end, in the middle of its work."""


@dataclass
class Desk:
    """A send to the members and donors that is ready to go out, in a real account."""

    vendor: Vendor
    database: Database
    org: int
    gateway: RealMagnet
    send_id: int
    run_id: int

    @property
    def send(self) -> Send:
        with self.database.read() as connection:
            found = sends.get(connection, self.org, self.send_id)
        assert found is not None
        return found

    def run(self) -> bool:
        """One attempt at it, by a worker that may."""
        lease = leases.acquire(self.database, self.org, "worker", 30, send_of(self.send_id).lease)
        assert lease is not None
        try:
            return run_send(Work(self.vendor.settings, self.database, self.run_id, lease), self.send_id, self.gateway)
        finally:
            leases.release(self.database, lease)

    def job(self) -> str:
        """What the worker's job does with its run; answers the state of the run."""
        perform = bootstrap.perform_send
        services = bootstrap.Services(
            self.vendor.settings,
            self.database,
            None,  # type: ignore[arg-type]  # no secret is opened
            None,  # type: ignore[arg-type]  # no job is enqueued
            None,  # type: ignore[arg-type]  # Salesforce is not asked
            lambda _org: RealMagnet(Plan().username, Plan().password, self.vendor.settings),
        )
        carry_out(services, self.send.run_id or 0, perform)
        with self.database.read() as connection:
            return str(connection.execute(_STATE, {"id": self.send.run_id}).scalar_one())

    def tick(self) -> None:
        for send in self.unfinished:
            send_steps.advance(self.database, send)

    @property
    def unfinished(self) -> list[Send]:
        with self.database.read() as connection:
            return [send for send in sends.unfinished(connection) if send.id == self.send_id]

    def fill(self, group: int, state: RunState = RunState.RUNNING, *, touched: bool = True) -> int:
        """A run that fills a group, in some state."""
        with self.database.write() as connection:
            asked = Asked(Trigger.RUN_NOW)
            run_id = claims.claim(connection, self.org, asked, upload_of(900 + group, group)).run_id
            connection.execute(
                text("UPDATE runs SET state = :s, ended_at = 1 WHERE id = :id"), {"s": state, "id": run_id}
            )
            if touched:
                chunk = metadata.tables["upload_chunks"]
                given: dict[str, Any] = {c.name: 1 for c in chunk.columns if not c.nullable}
                connection.execute(
                    chunk.insert().values(**{**given, "run_id": run_id, "state": "asked", "asked_at": 1})
                )
        return run_id

    @property
    def dispatches(self) -> list[str]:
        sql = "SELECT group_ids FROM dispatch WHERE message_id = ?"
        return [row["group_ids"] for row in self.vendor.account.all(sql, self.send.message_id)]

    @property
    def receivers(self) -> Counter[int]:
        sql = "SELECT recipient_id FROM event WHERE message_id = ? AND kind = 1"
        return Counter(row["recipient_id"] for row in self.vendor.account.all(sql, self.send.message_id))


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    account, start = Account(tmp_path_factory.mktemp("desk")), read_instant(START)
    account.create(start)
    account.index_events()
    add_login(account, Plan())
    fields = ({"Email": f"p{number}@people.example", "CustomID": f"P{number}"} for number in range(PEOPLE))
    store_recipients(account, (documents.row_of(FIRST + place, one) for place, one in enumerate(fields)))
    everybody = list(range(FIRST, FIRST + PEOPLE))
    add_groups(account, {MEMBERS: everybody[:4], DONORS: everybody[2:]}, ["Members", "Donors"], start)
    with serving(account) as found:
        yield found


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('sends')}/ours.db")
    metadata.create_all(made.engine)
    yield made
    made.dispose()


@pytest.fixture
def desk(vendor: Vendor, database: Database) -> Iterator[Desk]:
    vendor.calm()
    number = 100 + int(vendor.account.value("SELECT count(*) FROM message"))
    add_message(vendor.account, (number, f"Appeal {number}", vendor.now - DAY), [])
    now = clock.milliseconds(clock.now())
    groups = [(MEMBERS, "Members"), (DONORS, "Donors")]
    new = NewSend(str(number), number, "Appeal", "Old subject", "old@example.org", groups, now, "UTC")
    with database.write() as connection:
        org = create_org(connection, f"00D{number:015d}", "Example", "sealed")
        send_id = sends.create(connection, org, None, new)
        assert send_id is not None
    gateway = RealMagnet(Plan().username, Plan().password, vendor.settings)
    made = Desk(vendor, database, org, gateway, send_id, 0)
    send_steps.advance(database, made.send)
    send_steps.advance(database, made.send)
    made.run_id = made.send.run_id or 0
    assert made.send.state is SendState.SENDING
    yield made
    gateway.close()


def test_it_goes_to_everyone_in_the_groups_once_as_it_is_in_real_magnet_now(desk: Desk) -> None:
    assert desk.run()
    assert desk.dispatches == [f"[{MEMBERS},{DONORS}]"]
    assert sorted(desk.receivers.values()) == [1] * PEOPLE
    assert desk.send.state is SendState.SENT
    assert desk.send.subject == f"Appeal {desk.send.message_id}"
    assert desk.send.sender == '"Sample Society" <news@example.org>'
    assert desk.run()
    assert len(desk.dispatches) == 1


@pytest.mark.parametrize("trouble", troubles.done(SENDING))
def test_an_answer_that_was_lost_after_it_was_done_is_found_out(desk: Desk, trouble: dict[str, Any]) -> None:
    desk.vendor.switch(**{name: {**rule, "times": 1} for name, rule in trouble.items()})
    with pytest.raises(Unsure):
        desk.run()
    assert desk.send.asked_at is not None
    assert not desk.send.cancellable
    assert desk.run()
    assert desk.send.state is SendState.SENT
    assert len(desk.dispatches) == 1
    assert set(desk.receivers.values()) == {1}


@pytest.mark.parametrize("trouble", troubles.unknown(SENDING))
def test_one_that_was_not_done_is_sent_after_all(desk: Desk, trouble: dict[str, Any]) -> None:
    desk.vendor.switch(**{name: {**rule, "times": 1} for name, rule in trouble.items()})
    with pytest.raises(Unsure):
        desk.run()
    assert desk.run()
    assert len(desk.dispatches) == 1
    assert set(desk.receivers.values()) == {1}


@pytest.mark.parametrize("trouble", troubles.turned_away(SENDING))
def test_one_that_was_turned_away_can_still_be_cancelled(desk: Desk, trouble: dict[str, Any]) -> None:
    desk.vendor.switch(**{name: {**rule, "times": 1} for name, rule in trouble.items()})
    with pytest.raises(Temporary):
        desk.run()
    assert desk.send.asked_at is None
    with desk.database.write() as connection:
        assert sends.cancel(connection, desk.send, "Cancelled by Ada.")
    with pytest.raises(Cancelled, match="Ada"):
        desk.run()
    assert desk.dispatches == []


def test_a_second_try_that_was_surely_not_done_says_nothing_of_the_first(desk: Desk) -> None:
    desk.vendor.switch(fail={"op": SENDING, "status": 500, "times": 1})
    with pytest.raises(Unsure):
        desk.run()
    asked_at = desk.send.asked_at
    desk.vendor.switch(fail={"op": SENDING, "status": 503, "times": 1})
    with pytest.raises(Temporary) as trouble:
        desk.run()
    assert not isinstance(trouble.value, Unsure)
    assert desk.send.asked_at == asked_at is not None
    with desk.database.write() as connection:
        assert not sends.cancel(connection, desk.send, "Cancelled by Ada.")


@pytest.mark.parametrize("point", ["send noted", "send answered"])
def test_a_worker_that_dies_leaves_nobody_without_and_nobody_with_two(
    desk: Desk, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_work: Work, reached: str) -> None:
        if reached == point:
            raise Died

    with monkeypatch.context() as dying:
        dying.setattr(Work, "reached", die)
        dying.setattr(leases, "release", lambda _database, lease: _let_go_of_the_send(desk, lease))
        with pytest.raises(Died):
            desk.run()
    assert desk.send.state is SendState.SENDING
    assert desk.run()
    assert desk.send.state is SendState.SENT
    assert len(desk.dispatches) == 1
    assert sorted(desk.receivers.values()) == [1] * PEOPLE


def test_a_message_that_was_sent_before_is_not_taken_for_sent_now(desk: Desk) -> None:
    desk.gateway.send_to_groups(GroupSend(desk.send.message_id, [MEMBERS], "An appeal", "news@example.org"))
    desk.vendor.account.set_clock(desk.vendor.now + DAY, running=False)
    desk.vendor.switch(fail={"op": SENDING, "status": 500, "times": 1})
    with pytest.raises(Unsure):
        desk.run()
    assert desk.run()
    assert desk.dispatches == [f"[{MEMBERS}]", f"[{MEMBERS},{DONORS}]"]
    assert sorted(desk.receivers.values()) == [1] * PEOPLE


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.QUEUED, RunState.PAUSED])
def test_it_waits_while_one_of_its_groups_is_being_filled(desk: Desk, state: RunState) -> None:
    filling = desk.fill(DONORS, state)
    with pytest.raises(Cancelled, match="being filled"):
        desk.run()
    assert desk.send.state is SendState.REFRESHING
    assert desk.dispatches == []
    _end(desk, filling, RunState.COMPLETED)
    _end(desk, desk.run_id, RunState.CANCELLED)
    send_steps.advance(desk.database, desk.send)
    desk.run_id = desk.send.run_id or 0
    assert desk.run()
    assert len(desk.dispatches) == 1


def test_nobody_can_begin_to_fill_a_group_while_it_is_sent_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[bool] = []

    def look(_work: Work, _point: str) -> None:
        name = upload_of(1, DONORS).lease
        refused.append(leases.acquire(desk.database, desk.org, "an upload", 30, name) is None)

    monkeypatch.setattr(Work, "reached", look)
    assert desk.run()
    assert refused == [True, True]
    assert leases.acquire(desk.database, desk.org, "an upload", 30, upload_of(1, DONORS).lease) is not None


def test_it_makes_way_for_an_upload_that_holds_a_group(desk: Desk) -> None:
    lease = leases.acquire(desk.database, desk.org, "an upload", 30, upload_of(1, DONORS).lease)
    assert lease is not None
    with pytest.raises(Cancelled, match="being filled"):
        desk.run()
    assert desk.send.state is SendState.REFRESHING
    with desk.database.read() as connection:
        assert not leases.held(connection, desk.org, upload_of(1, MEMBERS).lease)


def test_worker_and_tick_bring_it_to_its_end_though_a_group_is_filled_again_and_an_answer_is_lost(desk: Desk) -> None:
    filling = desk.fill(DONORS)
    assert desk.job() == RunState.CANCELLED
    desk.tick()
    assert desk.send.state is SendState.REFRESHING
    _end(desk, filling, RunState.COMPLETED)
    desk.tick()
    desk.vendor.switch(lose_answer={"op": SENDING, "status": 502, "times": 1})
    assert desk.job() == RunState.QUEUED
    desk.tick()
    assert desk.job() == RunState.COMPLETED
    desk.tick()
    assert (desk.send.state, desk.unfinished) == (SendState.SENT, [])
    assert len(desk.dispatches) == 1


def test_a_refusal_becomes_a_notice_in_the_vendors_words(desk: Desk) -> None:
    with desk.vendor.account.transaction() as connection:
        connection.execute("UPDATE message SET subject = ? WHERE id = ?", ("x" * 101, desk.send.message_id))
    assert desk.job() == RunState.FAILED
    desk.tick()
    assert desk.send.state is SendState.CANCELLED
    assert "INVALID_SUBJECT" in desk.send.reason
    assert "The message was not sent." in desk.send.reason


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED])
def test_a_group_that_is_only_partly_filled_is_refused_until_it_is_whole(desk: Desk, state: RunState) -> None:
    desk.fill(DONORS, state)
    with pytest.raises(Refused, match="“Donors” is only partly filled"):
        desk.run()
    assert desk.dispatches == []
    desk.fill(DONORS, RunState.COMPLETED)
    assert desk.run()


def test_an_upload_that_failed_before_it_touched_the_group_is_no_matter(desk: Desk) -> None:
    desk.fill(DONORS, RunState.FAILED, touched=False)
    assert desk.run()


def test_one_that_is_four_hours_late_is_not_sent(desk: Desk) -> None:
    with desk.database.write() as connection:
        due = clock.milliseconds(clock.now() - timedelta(hours=4, minutes=1))
        connection.execute(text("UPDATE sends SET due_at = :due"), {"due": due})
    with pytest.raises(Refused, match="four hours"):
        desk.run()
    assert desk.dispatches == []


def test_a_message_that_real_magnet_deleted_is_told(desk: Desk) -> None:
    with desk.database.write() as connection:
        connection.execute(text("UPDATE sends SET message_id = 1 WHERE id = :id"), {"id": desk.send_id})
    with pytest.raises(NotFound, match="no such message"):
        desk.run()
    assert desk.send.asked_at is None


def test_a_refusal_of_the_vendor_leaves_it_unasked(desk: Desk) -> None:
    with desk.vendor.account.transaction() as connection:
        connection.execute("UPDATE message SET sender = 'nobody' WHERE id = ?", (desk.send.message_id,))
    with pytest.raises(Refused, match="INVALID_FROM_ADDRESS"):
        desk.run()
    assert desk.send.asked_at is None


def _let_go_of_the_send(desk: Desk, lease: leases.Lease) -> None:
    """What remains of a killed worker once its lease has run out: the groups' are longer."""
    if lease.name == send_of(desk.send_id).lease:
        with desk.database.write() as connection:
            connection.execute(text("UPDATE leases SET expires_at = 0 WHERE name = :name"), {"name": lease.name})


def _end(desk: Desk, run_id: int, state: RunState) -> None:
    with desk.database.write() as connection:
        connection.execute(text("UPDATE runs SET state = :s, ended_at = 1 WHERE id = :id"), {"s": state, "id": run_id})
