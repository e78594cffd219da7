"""Sends: a message goes to its groups once, and a lost answer never makes it go twice."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connector.errors import NotFound, Refused, Temporary, Unsure
from connector.model.groups import GroupSend, MessageDetails
from connector.model.tracking import Period
from connector.realmagnet.gateway import RealMagnet
from sandbox.realmagnet.account import DAY
from sandbox.realmagnet.seed import add_message
from tests.connector.realmagnet import troubles
from tests.connector.realmagnet.conftest import GROUP, MEMBERS, Vendor

SENDER = '"Sample Society" <news@example.org>'
SENDING = "SendEmailToGroupWithProfile"


@pytest.fixture
def send(desk: Vendor) -> GroupSend:
    """One message of the test's own, to the members' group."""
    number = desk.account.value("SELECT max(id) + 1 FROM message")
    add_message(desk.account, (number, f"Appeal {number}", desk.now - DAY), [])
    return GroupSend(number, [GROUP], "An appeal", SENDER)


def dispatches(desk: Vendor, send: GroupSend) -> list[str]:
    sql = "SELECT group_ids FROM dispatch WHERE message_id = ?"
    return [row["group_ids"] for row in desk.account.all(sql, send.message_id)]


def receivers(desk: Vendor, send: GroupSend) -> Counter[int]:
    sql = "SELECT recipient_id FROM event WHERE message_id = ? AND kind = 1"
    return Counter(row["recipient_id"] for row in desk.account.all(sql, send.message_id))


class TestDetails:
    def test_tell_what_a_send_needs(self, clerk: RealMagnet, send: GroupSend) -> None:
        name = f"Appeal {send.message_id}"
        assert clerk.message_details(send.message_id) == MessageDetails(send.message_id, name, name, SENDER, None)

    def test_an_unknown_message_is_not_found(self, clerk: RealMagnet) -> None:
        with pytest.raises(NotFound):
            clerk.message_details(1)

    def test_a_message_never_sent_is_listed_by_its_creation(self, clerk: RealMagnet, send: GroupSend) -> None:
        listed = {
            message.id: message for message in clerk.messages_created(Period(date(2026, 11, 19), date(2026, 11, 20)))
        }
        assert listed[send.message_id].last_sent is None
        assert clerk.messages_created(Period(date(2020, 1, 1), date(2020, 1, 2))) == []


class TestSent:
    def test_everyone_in_the_group_gets_it_now(self, desk: Vendor, clerk: RealMagnet, send: GroupSend) -> None:
        number = clerk.send_to_groups(send)
        assert desk.account.value("SELECT message_id FROM dispatch WHERE id = ?", number) == send.message_id
        assert len(receivers(desk, send)) == MEMBERS
        assert dispatches(desk, send) == [f"[{GROUP}]"]
        assert clerk.message_details(send.message_id).last_sent is not None
        [listed] = [
            m for m in clerk.messages(Period(date(2026, 11, 20), date(2026, 11, 20))) if m.id == send.message_id
        ]
        assert listed.groups == (GROUP,)

    def test_who_had_it_does_not_get_it_again(self, desk: Vendor, clerk: RealMagnet, send: GroupSend) -> None:
        clerk.send_to_groups(send)
        clerk.send_to_groups(send)
        assert set(receivers(desk, send).values()) == {1}

    def test_a_refusal_says_what_the_vendor_said(self, desk: Vendor, clerk: RealMagnet, send: GroupSend) -> None:
        for wrong, code in (
            (replace(send, group_ids=[1]), "INVALID_GROUP"),
            (replace(send, sender="nobody"), "INVALID_FROM_ADDRESS"),
            (replace(send, subject="x" * 101), "INVALID_SUBJECT"),
        ):
            with pytest.raises(Refused, match=code) as caught:
                clerk.send_to_groups(wrong)
            assert caught.value.code == code
        assert dispatches(desk, send) == []

    def test_an_unknown_message_is_not_sent(self, clerk: RealMagnet, send: GroupSend) -> None:
        with pytest.raises(NotFound):
            clerk.send_to_groups(replace(send, message_id=1))
        assert SENDING not in clerk.calls


class TestLostAnswers:
    @pytest.mark.parametrize("trouble", troubles.done(SENDING))
    def test_are_unsure_and_it_went_once(
        self, desk: Vendor, clerk: RealMagnet, send: GroupSend, trouble: dict[str, Any]
    ) -> None:
        desk.switch(**trouble)
        with pytest.raises(Unsure) as caught:
            clerk.send_to_groups(send)
        assert len(dispatches(desk, send)) == 1
        assert clerk.calls[SENDING] == 1
        assert clerk._session._session_id not in repr(caught.value)

    @pytest.mark.parametrize("trouble", troubles.turned_away(SENDING))
    def test_turned_away_is_known_not_to_be_sent(
        self, desk: Vendor, clerk: RealMagnet, send: GroupSend, trouble: dict[str, Any]
    ) -> None:
        desk.switch(**trouble)
        with pytest.raises(Temporary) as caught:
            clerk.send_to_groups(send)
        assert not isinstance(caught.value, Unsure)
        assert dispatches(desk, send) == []


class TestEndedSessions:
    @pytest.mark.parametrize("ended", troubles.ENDED)
    def test_are_found_out_before_anything_is_sent(
        self, desk: Vendor, clerk: RealMagnet, send: GroupSend, ended: str
    ) -> None:
        desk.switch(expired_answer=ended, expire_sessions=True)
        clerk.send_to_groups(send)
        assert len(dispatches(desk, send)) == 1
        assert clerk.calls[SENDING] == 1

    def test_a_page_at_the_last_moment_is_asked_again(self, desk: Vendor, clerk: RealMagnet, send: GroupSend) -> None:
        desk.switch(expired_answer="page", expire={"op": SENDING})
        clerk.send_to_groups(send)
        assert len(dispatches(desk, send)) == 1
        assert clerk.calls[SENDING] == 2

    @pytest.mark.parametrize("ended", ["null", "empty"])
    def test_nothing_at_the_last_moment_is_unsure(
        self, desk: Vendor, clerk: RealMagnet, send: GroupSend, ended: str
    ) -> None:
        desk.switch(expired_answer=ended, expire={"op": SENDING})
        with pytest.raises(Unsure):
            clerk.send_to_groups(send)
        assert clerk.calls[SENDING] == 1
