"""The whole of a send with its upload job: who is mailed is who is in Salesforce at that time, or nobody at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from connector import bootstrap, clock
from connector.store import send_steps, sends
from connector.store.sends import NewSend, Send, SendState
from connector.store.upload_jobs import UploadJob
from sandbox.realmagnet.account import DAY
from sandbox.realmagnet.seed import add_message
from tests.connector.uploads.world import UploadWorld
from worker.settle import carry_out


@dataclass
class Mailing:
    """A Campaign, the job that takes it into a group, and a message to that group."""

    world: UploadWorld
    campaign: str
    job: UploadJob
    message: int

    def upload(self) -> None:
        carry_out(self.world.of.services, self.world.begin(self.job), bootstrap.perform_upload)

    def send(self) -> Send:
        """Schedule it now, with tick and worker taking turns until nothing is left to do."""
        services, org_id = self.world.of.services, self.world.of.org_id
        now = clock.milliseconds(clock.now())
        group = (self.job.group_id, "Members")
        new = NewSend(str(self.message), self.message, "News", "News", "a@example.org", [group], now, "UTC")
        with services.database.write() as connection:
            send_id = sends.create(connection, org_id, None, new)
        assert send_id is not None
        while not (found := self.found(send_id)).state.over:
            for claim in send_steps.advance(services.database, found):
                perform = bootstrap.perform_upload if claim.kind == "upload" else bootstrap.perform_send
                carry_out(services, claim.run_id, perform)
        return found

    def found(self, send_id: int) -> Send:
        with self.world.of.services.database.read() as connection:
            send = sends.get(connection, self.world.of.org_id, send_id)
        assert send is not None
        return send

    @property
    def mailed(self) -> Sequence[str]:
        """The Salesforce ids of those who got the message, each as often as it came."""
        rows = self.world.of.account.all(
            "SELECT r.custom_id FROM event e JOIN recipient r ON r.id = e.recipient_id "
            "WHERE e.message_id = ? AND e.kind = 1 ORDER BY r.custom_id",
            self.message,
        )
        return [row["custom_id"] for row in rows]


@pytest.fixture
def mailing(world: UploadWorld) -> Mailing:
    source = world.campaign()
    job = world.job(world.definition(source, world.group()))
    account = world.of.account
    number = 500 + int(account.value("SELECT count(*) FROM message"))
    add_message(account, (number, f"News {number}", account.now() - DAY), [])
    return Mailing(world, source.id, job, number)


def test_who_is_mailed_is_who_is_in_salesforce_now(mailing: Mailing) -> None:
    people = mailing.world.crowd(6)
    mailing.world.join(mailing.campaign, people[:5])
    mailing.upload()
    mailing.world.join(mailing.campaign, people[5:])
    send = mailing.send()
    assert (send.state, send.reason) == (SendState.SENT, "")
    assert mailing.mailed == sorted(people)


def test_nobody_is_mailed_when_the_audience_moved_too_far_and_the_refresh_is_held(mailing: Mailing) -> None:
    people = mailing.world.crowd(4)
    mailing.world.join(mailing.campaign, people)
    mailing.upload()
    for person in people[:3]:
        mailing.world.leave(mailing.campaign, person)
    send = mailing.send()
    assert send.state is SendState.CANCELLED
    assert "“Members”, which refreshes a group of this message, is held: " in send.reason
    assert mailing.mailed == []


def test_nobody_is_mailed_when_the_campaign_is_gone(mailing: Mailing) -> None:
    mailing.world.join(mailing.campaign, mailing.world.crowd(2))
    mailing.upload()
    mailing.world.remove("Campaign", mailing.campaign)
    send = mailing.send()
    assert send.state is SendState.CANCELLED
    assert "failed: " in send.reason
    assert mailing.mailed == []
