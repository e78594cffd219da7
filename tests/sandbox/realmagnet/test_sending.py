from typing import Any

import pytest

from sandbox.realmagnet.account import Account
from tests.sandbox.realmagnet.conftest import START, Client

HTML = '<a class="b" href="https://www.example.org/a?x=1&amp;y=2">One</a><a href="https://www.example.org/b">Two</a>'
CONFERENCE, FAX_LIST = 3_449_403, 3_449_405
NO_DATE = "/Date(-62135578800000-0500)/"


@pytest.fixture
def message(client: Client) -> int:
    answer = client.call("CreateMessage", MessageName="Hello", SubjectLine="Hi", HTMLVersion=HTML, LoginID=412001)
    assert (answer["Error"], answer["MessageInQueue"]) == (0, False)
    return answer["MessageID"]


def to_one(client: Client, message: int, *recipients: str, **change: Any) -> dict[str, Any]:
    return client.call(
        "SendEmailToIndividual",
        **(
            {"MessageID": message, "Recipients": list(recipients), "Identifier": "email", "From": "x@example.org"}
            | change
        ),
    )


class TestMessages:
    def test_a_message_can_be_made_read_and_overwritten(self, client: Client, message: int):
        details = client.call("GetMessageDetails", MessageID=message)
        assert (details["SubjectLine"], details["HTMLVersion"], details["LastSent"]) == ("Hi", HTML, NO_DATE)
        assert "TexVersion" in details
        client.call("EditMessage", MessageID=message, MessageName="Bye", TextVersion="t")
        details = client.call("GetMessageDetails", MessageID=message)
        assert (details["MessageName"], details["SubjectLine"], details["TexVersion"]) == ("Bye", "", "t")

    def test_a_name_is_needed_and_an_unknown_number_is_told(self, client: Client):
        assert client.call("CreateMessage", SubjectLine="x")["Error"] == 2
        assert client.call("EditMessage", MessageID=1, MessageName="x")["Error"] == 2
        assert client.call("GetMessageDetails", MessageID=1)["ID"] == 0

    def test_the_list_has_two_ranges_of_its_own(self, client: Client, message: int):
        created = client.call("GetMessageList", CreateStartDate="2026-03-12", CreateEndDate="2026-03-12")
        assert [row["MessageID"] for row in created] == [message]
        assert created[0]["LastSent"] == NO_DATE
        assert client.call("GetMessageList", SendStartDate="2026-03-12", SendEndDate="2026-03-12") == []


class TestToOne:
    def test_the_person_gets_it_at_once_and_reacts_by_the_clock(self, client: Client, message: int):
        answer = to_one(client, message, "front.desk@club.example")
        assert (answer["EmailsSent"], answer["SuppressedEmails"]) == (["front.desk@club.example"], [])
        page = client.page(message, "email_sent")
        assert page["TotalRecords"] == 1
        assert page["RecipientDetails"][0]["Status"] == 0
        client.admin("clock", advance_days=4)
        assert client.page(message, "email_sent")["RecipientDetails"][0]["Status"] != 0

    def test_several_may_come_as_one_text_and_by_member_id(self, client: Client, message: int, account: Account):
        known = account.all(
            "SELECT custom_id FROM recipient WHERE length(custom_id) = 18 AND suppressed_at IS NULL LIMIT 2"
        )
        wanted = ", ".join(row["custom_id"] for row in known)
        assert len(to_one(client, message, wanted, Identifier="customID")["EmailsSent"]) == 2

    def test_the_suppressed_are_skipped_and_those_who_left_are_not(
        self, client: Client, message: int, account: Account
    ):
        email = "SELECT email_key FROM recipient WHERE "
        suppressed = account.value(email + "suppressed_at <= ? LIMIT 1", START)
        left = account.value(email + "unsubscribed_at <= ? AND suppressed_at IS NULL LIMIT 1", START)
        answer = to_one(client, message, suppressed, left, "nobody@example.org")
        assert (answer["EmailsSent"], answer["SuppressedEmails"]) == ([left], [suppressed])

    def test_long_from_and_subject_and_unknown_messages_are_refused(self, client: Client, message: int):
        assert to_one(client, message, "front.desk@club.example", From="x" * 51)["Error"] == 2
        assert to_one(client, message, "front.desk@club.example", Subject="x" * 101)["Error"] == 2
        answer = client.post("SendEmailToIndividual", MessageID=1, Recipients=["a@example.org"], Identifier="email")
        assert answer.status_code == 400


class TestToGroups:
    def send(self, client: Client, message: int, **change: Any) -> dict[str, Any]:
        request = {"MessageID": message, "GroupIDs": [CONFERENCE], "LoginID": 412001, "SendType": "emailonly"}
        return client.call("SendEmailToGroupWithProfile", **(request | change))

    def test_everyone_who_may_be_written_to_gets_it_once(self, client: Client, message: int, account: Account):
        assert len(self.send(client, message)["EmailJobIDs"]) == 1
        [listed] = [row for row in client.call("GetMessageList") if row["MessageID"] == message]
        assert listed["GroupsMessageIsSentTo"] == [CONFERENCE]
        assert f"({START}-" in listed["LastSent"]
        client.admin("clock", advance_days=2)
        expected = account.value(
            "SELECT count(*) FROM membership m JOIN recipient r ON r.id = m.recipient_id WHERE group_id = ? AND "
            "(suppressed_at IS NULL OR suppressed_at > ?) AND (unsubscribed_at IS NULL OR unsubscribed_at > ?)",
            *(CONFERENCE, START, START),
        )
        assert client.page(message, "email_sent", size=1)["TotalRecords"] == expected
        self.send(client, message)
        client.admin("clock", advance_days=1)
        assert client.page(message, "email_sent", size=1)["TotalRecords"] == expected
        assert client.page(message, "email_opened", size=1)["TotalRecords"] > 100
        listed = client.call("GetMessageList", SendStartDate="2026-03-12", SendEndDate="2026-03-15")
        assert [row["GroupsMessageIsSentTo"] for row in listed if row["MessageID"] == message] == [[CONFERENCE]]

    def test_clicks_hang_on_the_links_of_the_text(self, client: Client, message: int):
        self.send(client, message)
        client.admin("clock", advance_days=3)
        rows = client.call("ExecuteReport", ReportId=2, Parameters=[{"Key": "@MessageId", "Value": message}])
        assert {row["URL"] for row in rows} == {"https://www.example.org/a?x=1&y=2", "https://www.example.org/b"}

    def test_again_when_told_to(self, client: Client, message: int):
        self.send(client, message)
        client.admin("clock", advance_days=1)
        once = client.page(message, "email_sent", size=1)["TotalRecords"]
        self.send(client, message, IncludeRecipientsThatAlreadyReceivedTheMessage=True)
        client.admin("clock", advance_days=1)
        assert client.page(message, "email_sent", size=1)["TotalRecords"] > 1.9 * once

    def test_a_scheduled_send_waits_for_its_eastern_hour(self, client: Client, message: int):
        self.send(client, message, ScheduledTime="2026-03-12T20:30:00")
        client.admin("clock", now="2026-03-12T20:29:59-04:00")
        assert client.page(message, "email_sent", size=1)["TotalRecords"] == 0
        client.admin("clock", now="2026-03-12T20:45:00-04:00")
        assert client.page(message, "email_sent", size=1)["TotalRecords"] > 1_000

    def test_a_fax_goes_to_those_with_a_number(self, client: Client, message: int):
        answer = self.send(client, message, GroupIDs=[FAX_LIST], SendType="faxonly", FaxResolution="Fine")
        assert (len(answer["FaxJobIDs"]), answer["EmailJobIDs"]) == (1, [])
        client.admin("clock", advance_days=1)
        assert client.page(message, "fax_sent", size=1)["TotalRecords"] > 1_000
        assert client.page(message, "email_sent", size=1)["TotalRecords"] == 0

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"GroupIDs": []}, "INVALID_GROUP"),
            ({"GroupIDs": [CONFERENCE, 1]}, "INVALID_GROUP"),
            ({"LoginID": 5}, "INVALID_LOGIN"),
            ({"MessageFromAddress": "nobody"}, "INVALID_FROM_ADDRESS"),
            ({"MessageFromAddress": f'"{"x" * 50}" <a@example.org>'}, "INVALID_FROM_ADDRESS"),
            ({"MessageSubject": "x" * 101}, "INVALID_SUBJECT"),
        ],
    )
    def test_wrong_parameters_are_told_and_nothing_is_sent(self, client: Client, message: int, change, code):
        answer = self.send(client, message, **change)
        assert (answer["Error"], answer["ErrorObject"]["ErrorCode"], answer["EmailJobIDs"]) == (2, code, [])
        assert client.call("GetMessageDetails", MessageID=message)["LastSent"] == NO_DATE

    def test_a_bad_sender_goes_out_when_told_to(self, client: Client, message: int):
        answer = self.send(client, message, MessageFromAddress="nobody", SendMessageDespiteBadFromAddress=True)
        assert len(answer["EmailJobIDs"]) == 1

    @pytest.mark.parametrize("change", [{"ScheduledTime": "soon"}, {"SendType": "pigeon"}, {"GroupIDs": "x"}])
    def test_nonsense_is_a_400_page(self, client: Client, message: int, change):
        request = {"MessageID": message, "GroupIDs": [CONFERENCE]} | change
        assert client.post("SendEmailToGroup", **request).status_code == 400
