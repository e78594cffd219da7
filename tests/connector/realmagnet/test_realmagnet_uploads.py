"""Uploads: rows arrive as they were sent, once, and it is always known what is known of them."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from connector.errors import NotFound, Refused, Temporary, Unsure
from connector.model.groups import Upload, UploadStatus
from connector.realmagnet.gateway import RealMagnet
from sandbox.realmagnet.seed import Plan
from tests.connector.realmagnet import troubles
from tests.connector.realmagnet.conftest import Vendor

COLUMNS = ("Custom_Member_Id", "Email", "Last_Name", "EP_3")


@pytest.fixture
def group(clerk: RealMagnet) -> int:
    number = clerk.create_group("Uploaded")
    clerk.calls.clear()
    return number


def rows(*numbers: int) -> str:
    return "\n".join(f'"U{n}","u{n}@uploads.example","Jones, ""Jr.""","May"' for n in numbers)


def an_upload(group: int, *numbers: int, **changes: Any) -> Upload:
    return replace(Upload(group, COLUMNS, rows(*numbers), replace=False), **changes)


def emails(desk: Vendor, group: int) -> list[str]:
    return sorted(member["email"] for member in desk.look(f"groups/{group}/members"))


def taken(desk: Vendor, group: int) -> list[dict[str, Any]]:
    return [upload for upload in desk.look("uploads") if upload["group_id"] == group]


class TestTaken:
    def test_rows_arrive_with_their_fields(self, desk: Vendor, clerk: RealMagnet, group: int) -> None:
        number = clerk.upload(an_upload(group, 10, 11))
        assert clerk.upload_status(number) == UploadStatus(done=True, total=2, good=2, added=2)
        one, _other = desk.look(f"groups/{group}/members")
        assert (one["custom_id"], one["email"]) == ("U10", "u10@uploads.example")
        assert one["fields"] == {"LastName": 'Jones, "Jr."', "EP_3": "May"}

    def test_adds_to_the_group_or_replaces_who_is_in_it(self, desk: Vendor, clerk: RealMagnet, group: int) -> None:
        for wanted in (an_upload(group, 20), an_upload(group, 21)):
            clerk.upload_status(clerk.upload(wanted))
        assert emails(desk, group) == ["u20@uploads.example", "u21@uploads.example"]
        status = clerk.upload_status(clerk.upload(an_upload(group, 21, replace=True)))
        assert (status.added, status.updated) == (0, 1)
        assert emails(desk, group) == ["u21@uploads.example"]

    def test_is_not_done_before_the_vendor_says_so(self, desk: Vendor, clerk: RealMagnet, group: int) -> None:
        desk.switch(upload_delay={"seconds": 60})
        number = clerk.upload(an_upload(group, 30))
        assert clerk.upload_status(number) == UploadStatus(done=False)
        assert emails(desk, group) == []

    def test_rows_that_got_lost_show_in_the_counts(self, desk: Vendor, clerk: RealMagnet, group: int) -> None:
        desk.switch(lose_rows={"every": 3})
        status = clerk.upload_status(clerk.upload(an_upload(group, *range(40, 50))))
        assert (status.total, status.good) == (10, 7)

    def test_one_that_came_to_nothing_says_why(self, desk: Vendor, clerk: RealMagnet, group: int) -> None:
        wanted = an_upload(group, 50, columns=("Custom_Member_Id", "Email", "last_name", "EP_3"), replace=True)
        status = clerk.upload_status(clerk.upload(wanted))
        assert status == UploadStatus(done=True, error="INVALID_MAPPING: the field last_name does not exist")
        assert emails(desk, group) == []

    def test_an_unknown_upload_is_not_found(self, clerk: RealMagnet) -> None:
        with pytest.raises(NotFound, match="JOB_NOT_FOUND"):
            clerk.upload_status(999_999)


class TestRefused:
    def test_says_what_the_vendor_said(self, clerk: RealMagnet) -> None:
        clerk.calls.clear()
        with pytest.raises(Refused, match="INVALID_GROUP") as caught:
            clerk.upload(an_upload(1, 60))
        assert caught.value.code == "INVALID_GROUP"
        assert "uploads.example" not in repr(caught.value)
        assert clerk.calls == Counter(UploadRecipients=1)

    def test_a_body_that_the_service_does_not_take_is_refused_after_one_more_try(
        self, desk: Vendor, clerk: RealMagnet, group: int
    ) -> None:
        desk.switch(fail={"op": "UploadRecipients", "status": 400, "times": -1})
        with pytest.raises(Refused) as caught:
            clerk.upload(an_upload(group, 61))
        assert caught.value.code == "400"
        assert clerk.calls == Counter(Authenticate=1, UploadRecipients=2)


class TestUnsure:
    @pytest.mark.parametrize("trouble", troubles.done("UploadRecipients"))
    def test_a_lost_answer_is_never_asked_for_again(
        self, desk: Vendor, clerk: RealMagnet, group: int, trouble: dict[str, Any]
    ) -> None:
        desk.switch(**trouble)
        with pytest.raises(Unsure) as caught:
            clerk.upload(an_upload(group, 70, 71))
        assert len(taken(desk, group)) == 1
        assert clerk.calls == Counter(UploadRecipients=1)
        shown = repr(caught.value) + str(caught.value.__cause__) + caught.value.advice
        assert clerk._session._session_id not in shown
        assert "uploads.example" not in shown

    @pytest.mark.parametrize("trouble", troubles.unknown("UploadRecipients"))
    def test_a_failure_that_says_nothing_is_unsure_too(
        self, desk: Vendor, clerk: RealMagnet, group: int, trouble: dict[str, Any]
    ) -> None:
        desk.switch(**trouble)
        with pytest.raises(Unsure):
            clerk.upload(an_upload(group, 72))
        assert taken(desk, group) == []
        assert clerk.calls == Counter(UploadRecipients=1)

    def test_an_answer_that_comes_too_late_is_lost(self, desk: Vendor, group: int) -> None:
        hasty = RealMagnet(Plan().username, Plan().password, replace(desk.settings, http_timeout=0.3))
        hasty.login()
        desk.switch(slow={"op": "UploadRecipients", "seconds": 0.8})
        with pytest.raises(Unsure):
            hasty.upload(an_upload(group, 73))
        hasty.close()


class TestNotTaken:
    @pytest.mark.parametrize("trouble", troubles.turned_away("UploadRecipients"))
    def test_turned_away_may_be_tried_again(
        self, desk: Vendor, clerk: RealMagnet, group: int, trouble: dict[str, Any]
    ) -> None:
        desk.switch(**trouble)
        with pytest.raises(Temporary) as caught:
            clerk.upload(an_upload(group, 80))
        assert not isinstance(caught.value, Unsure)
        assert caught.value.after == trouble["fail"].get("retry_after")
        assert taken(desk, group) == []

    @pytest.mark.parametrize("ended", troubles.ENDED)
    def test_an_ended_session_costs_a_login_and_the_rows_go_once(
        self, desk: Vendor, clerk: RealMagnet, group: int, ended: str
    ) -> None:
        desk.switch(expired_answer=ended, expire_sessions=True)
        number = clerk.upload(an_upload(group, 81))
        assert [upload["id"] for upload in taken(desk, group)] == [number]
        assert clerk.calls == Counter(Authenticate=1, UploadRecipients=2)

    def test_a_login_that_fails_in_between_leaves_it_known(self, desk: Vendor, clerk: RealMagnet, group: int) -> None:
        desk.switch(expire_sessions=True, fail={"op": "Authenticate", "status": 500, "times": -1})
        with pytest.raises(Temporary) as caught:
            clerk.upload(an_upload(group, 82))
        assert not isinstance(caught.value, Unsure)
        assert taken(desk, group) == []


def test_rows_never_show_in_a_repr(group: int) -> None:
    assert "uploads.example" not in repr(an_upload(group, 90))
