"""A message to one person: who is refused and why, what reaches them, and that nothing is ever sent twice by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import requests

from connector.errors import Refused
from connector.messaging.desk import SingleWork
from connector.messaging.single import run_single_send
from connector.model.activity import Channel
from connector.model.runs import Trigger, single_send_of
from connector.model.single_sends import NewSingleSend, SendState, SingleSend
from connector.store import attempts, claims, leases, single_sends
from tests.connector.activity.world import YEAR, World

EMAIL, FAX = Channel.EMAIL, Channel.FAX
_numbers = count(1)


class Crash(Exception):
    """A worker died here."""


@dataclass
class HookedWork(SingleWork):
    hook: Callable[[str], None] = lambda _point: None

    def reached(self, point: str) -> None:
        super().reached(point)
        self.hook(point)


@dataclass
class Post:
    """One message in one world, from the form on."""

    world: World
    person_id: str
    channel: Channel
    message_id: int = 0
    single_id: int = 0

    def __post_init__(self) -> None:
        self.message_id = self.world.message(f"Letter {next(_numbers)}")
        new = NewSingleSend(f"t{self.message_id}", self.person_id, self.message_id, "Letter", self.channel, "")
        with self.world.services.database.write() as connection:
            self.single_id = single_sends.create(connection, self.world.org_id, None, new) or 0
            claims.claim(connection, self.world.org_id, claims.Asked(Trigger.SINGLE), single_send_of(self.single_id))

    def send(self, hook: Callable[[str], None] | None = None) -> SingleSend:
        """One attempt at its run; what a refusal says stands in its row."""
        found, org_id = self.world.services, self.world.org_id
        run_id = int(self.world.sql("SELECT max(id) FROM runs WHERE kind = 'single send'")[0][0])
        lease = leases.acquire(found.database, org_id, "test", YEAR, "single send")
        assert lease is not None
        with found.database.write() as connection:
            attempts.begin(connection, run_id)
        salesforce, realmagnet = found.salesforce(org_id), found.realmagnet(org_id)
        work = HookedWork(found.settings, found.database, run_id, lease, salesforce, realmagnet)
        work.hook = hook or work.hook
        try:
            run_single_send(work, self.single_id)
        except Refused:
            assert self.row.state in {SendState.REFUSED, SendState.UNSURE}
        finally:
            salesforce.close()
            realmagnet.close()
            leases.release(found.database, lease)
        return self.row

    @property
    def row(self) -> SingleSend:
        with self.world.services.database.read() as connection:
            found = single_sends.get(connection, self.world.org_id, self.single_id)
        assert found is not None
        return found

    def got(self, to: str) -> list[dict[str, Any]]:
        """What the stand-in put into this person's hands of this message."""
        answer = requests.get(f"{self.world.realmagnet_url}/_sandbox/received", params={"to": to}, timeout=5)
        return [one for one in answer.json() if one["message"] == self.message_id]


def address() -> str:
    return f"single{next(_numbers)}@example.org"


@pytest.mark.parametrize("kind", ["Contact", "Lead"])
def test_an_email_reaches_somebody_whom_real_magnet_did_not_know_with_their_name_in_it(world: World, kind: str) -> None:
    to = address()
    person = world.person(to, kind, FirstName="Ada", LastName="O'Example")
    post = Post(world, person, EMAIL)
    assert post.send().state is SendState.SENT
    (letter,) = post.got(to)
    assert letter["text"].startswith("Dear Ada O'Example,")
    custom = world.account.value("SELECT custom_id FROM recipient WHERE email_key = ?", to)
    assert custom == person  # so that activity finds its way back


@pytest.mark.parametrize("kind", ["Contact", "Lead"])
def test_a_fax_goes_to_its_number_through_a_group_with_just_this_person(world: World, kind: str) -> None:
    to, number = address(), f"+1 202 555 01{next(_numbers):02d}"
    post = Post(world, world.person(to, kind, FirstName="Ada", Fax=number), FAX)
    assert post.send().state is SendState.SENT
    (letter,) = post.got(number)
    assert (letter["channel"], letter["to"]) == ("Fax", number)
    groups = world.account.all("SELECT id FROM list_group WHERE name LIKE 'Salesforce single fax %'")
    assert len(groups) == 1
    members = world.account.all("SELECT recipient_id FROM membership WHERE group_id = ?", groups[0]["id"])
    assert [row["recipient_id"] for row in members] == [letter["recipient"]]


def suppressed(world: World, to: str) -> None:
    number = world.recipient(to)
    world.account.connection.execute("UPDATE recipient SET suppressed_at = ? WHERE id = ?", (world.now - 1, number))


def unsubscribed(world: World, to: str) -> None:
    number = world.recipient(to)
    world.account.connection.execute("UPDATE recipient SET unsubscribed_at = ? WHERE id = ?", (world.now - 1, number))


def taken(world: World, to: str) -> None:
    world.recipient(to, world.person(address()))


def nothing(_world: World, _to: str) -> None: ...


@pytest.mark.parametrize(
    ("channel", "columns", "before", "why"),
    [
        (EMAIL, {"HasOptedOutOfEmail": True}, nothing, "“Email Opt Out” is ticked"),
        (FAX, {"HasOptedOutOfFax": True, "Fax": "+1 202 555 0199"}, nothing, "“Fax Opt Out” is ticked"),
        (FAX, {}, nothing, "has no fax number"),
        (FAX, {"Fax": "call me"}, nothing, "is no valid fax number"),
        (EMAIL, {"Email": None}, nothing, "has no e-mail address"),
        (EMAIL, {"Email": "ada@nowhere"}, nothing, "is no valid e-mail address"),
        (EMAIL, {}, suppressed, "Suppressed in Real Magnet"),
        (EMAIL, {}, unsubscribed, "unsubscribed in Real Magnet"),
        (EMAIL, {}, taken, "another person of Salesforce"),
    ],
)
def test_who_may_not_be_written_to_is_refused_with_the_reason_and_gets_nothing(
    world: World, channel: Channel, columns: dict[str, Any], before: Callable[[World, str], None], why: str
) -> None:
    to = address()
    before(world, to)
    post = Post(world, world.person(to, **columns), channel)
    row = post.send()
    assert row.state is SendState.REFUSED
    assert why in row.reason
    assert row.given_at is None
    assert post.got(to) == []


def test_a_deleted_person_is_refused(world: World) -> None:
    person = world.person(to := address())
    post = Post(world, person, EMAIL)
    world.delete(person)
    assert "was deleted in Salesforce" in post.send().reason
    assert post.got(to) == []


def test_a_lost_answer_is_never_sent_again(world: World) -> None:
    post = Post(world, world.person(to := address()), EMAIL)

    def cut(point: str) -> None:
        if point == "message given":
            world.bad_day(lose_answer=[{"op": "SendEmailToIndividual", "status": 502}])

    row = post.send(cut)
    assert row.state is SendState.UNSURE
    world.good_day()
    assert post.send().state is SendState.UNSURE
    assert len(post.got(to)) == 1


@pytest.mark.parametrize("point", ["message given", "message taken"])
def test_after_a_crash_nobody_knows_and_nothing_is_sent_a_second_time(world: World, point: str) -> None:
    post = Post(world, world.person(to := address()), EMAIL)

    def die(reached: str) -> None:
        if reached == point:
            raise Crash

    with pytest.raises(Crash):
        post.send(die)
    got = len(post.got(to))
    row = post.send()
    assert row.state is SendState.UNSURE
    assert "may have sent it" in row.reason
    assert len(post.got(to)) == got


def test_a_crash_before_real_magnet_is_asked_loses_nothing(world: World) -> None:
    post = Post(world, world.person(to := address()), EMAIL)

    def die(reached: str) -> None:
        if reached == "recipient made":
            raise Crash

    with pytest.raises(Crash):
        post.send(die)
    assert post.send().state is SendState.SENT
    assert len(post.got(to)) == 1


def test_what_real_magnet_reported_before_counts_too(world: World) -> None:
    """Somebody left a group, which the recipient itself does not tell."""
    person = world.person(to := address())
    number = world.recipient(to)
    world.sql(
        "INSERT INTO matches (org_id, recipient_id, slot, person_id, how) VALUES (:org, :id, '', :person, 'id')",
        id=number,
        person=person,
    )
    world.sql(
        "INSERT INTO facts (org_id, key, message_id, recipient_id, activity_group, activity, occurred_at, changed_run) "
        "VALUES (:org, 'left', 1, :id, 'Unsubscribed', 'Unsubscribed', 5, 1)",
        id=number,
    )
    post = Post(world, person, EMAIL)
    assert "unsubscribed in Real Magnet" in post.send().reason
    assert post.got(to) == []
