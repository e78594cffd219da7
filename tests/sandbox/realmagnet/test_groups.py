import pytest

from sandbox.realmagnet.account import Account
from tests.sandbox.realmagnet.conftest import Client

ALL_MEMBERS, NEWSLETTER, CONFERENCE = 3_449_401, 3_449_402, 3_449_403
NO_DATE = "/Date(-62135578800000-0500)/"
SOMEONE = 2_778_600_002


class TestLists:
    def test_two_means_all_and_a_member_left_out_means_hidden_only(self, client: Client):
        assert len(client.call("GetGroups", DisplayStatus=2, SubscriptionGroup=2)) == 5
        assert client.call("GetGroups") == []

    def test_the_subscription_page_is_a_filter_of_its_own(self, client: Client):
        on = client.call("GetGroups", DisplayStatus=1, SubscriptionGroup=1)
        off = client.call("GetGroups", DisplayStatus=1, SubscriptionGroup=0)
        assert all(group["SubscriptionGroup"] for group in on)
        assert len(on) + len(off) == 5

    def test_a_group_is_found_by_name_by_number_and_by_age(self, client: Client):
        assert [g["GroupID"] for g in client.call("GetGroupsEx", GroupName="newsletter")] == [NEWSLETTER]
        assert [g["GroupName"] for g in client.call("GetGroupsEx", GroupID=str(CONFERENCE))] == ["Conference"]
        assert client.call("GetGroupsEx", DaysRecent=30) == []
        client.call("AddGroup", GroupName="Fresh")
        assert [g["GroupName"] for g in client.call("GetGroupsEx", DaysRecent=30)] == ["Fresh"]
        assert len(client.call("GetGroupsEx")) == 6

    def test_categories_of_groups_and_of_messages_are_two_lists(self, client: Client):
        assert {row["CategoryName"] for row in client.call("GetGroupCategories")} == {"Lists", "Events"}
        assert {row["Name"] for row in client.call("GetMessageCategory")} == {"News", "Ads"}


class TestOneGroup:
    def test_a_new_group_gets_its_number_as_text(self, client: Client):
        answer = client.call("AddGroup", GroupName="Board")
        assert answer["Error"] == 0
        assert answer["Message"] == "The group has successfully been added!"
        details = client.call("GetGroupDetails", GroupID=int(answer["AdditionalParams"]))
        assert isinstance(answer["AdditionalParams"], str)
        assert (details["GroupName"], details["TotalInGroup"], details["LastUpdated"]) == ("Board", 0, NO_DATE)

    @pytest.mark.parametrize("name", ["", "   ", "x" * 51])
    def test_a_name_is_needed_and_limited_to_fifty(self, client: Client, name):
        assert client.call("AddGroup", GroupName=name)["Error"] == 2

    def test_details_count_members_the_suppressed_and_those_who_left(self, client: Client, account: Account):
        details = client.call("GetGroupDetails", GroupID=ALL_MEMBERS)
        now = account.now()
        count = "SELECT count(*) FROM recipient WHERE "
        assert details["TotalInGroup"] == account.value(count + "1")
        assert details["TotalEmailSuppressed"] == account.value(count + "suppressed_at <= ?", now) > 0
        assert details["TotalUnsubscribed"] == account.value(count + "unsubscribed_at <= ?", now) > 0
        assert "GroupCreated" in details
        assert "DateCreated" not in details

    def test_an_unknown_group_has_zeros(self, client: Client):
        assert client.call("GetGroupDetails", GroupID=1)["TotalInGroup"] == 0


class TestMembers:
    def test_members_come_in_pages(self, client: Client):
        pages = [
            client.call("GetGroupRecipients", GroupID=CONFERENCE, PageNumber=n, PageCount=700)["Recipients"]
            for n in range(1, 9)
        ]
        numbers = [row["RecipientId"] for page in pages for row in page]
        total = client.call("GetGroupDetails", GroupID=CONFERENCE)["TotalInGroup"]
        assert len(numbers) == len(set(numbers)) == total

    def test_joining_and_leaving_groups(self, client: Client):
        group = int(client.call("AddGroup", GroupName="Board")["AdditionalParams"])
        answer = client.call("EditRecipientGroups", ID=SOMEONE, NewGroups=[group], UnsubscribeGroups=[NEWSLETTER])
        assert answer == {"Message": "Action has been completed.", "Status": 1}
        [row] = client.call("GetRecipientGroups", RecipientIDs=[SOMEONE])
        assert row["RecipientId"] == SOMEONE
        assert group in row["GroupIDs"]
        assert client.call("GetGroupDetails", GroupID=group)["TotalInGroup"] == 1

    @pytest.mark.parametrize("wrong", [{"ID": 1}, {"NewGroups": [1]}, {"UnsubscribeGroups": [1]}])
    def test_an_unknown_number_fails_with_status_0(self, client: Client, wrong):
        answer = client.call(
            "EditRecipientGroups", **({"ID": SOMEONE, "NewGroups": [], "UnsubscribeGroups": []} | wrong)
        )
        assert answer["Status"] == 0
        assert answer["Message"].startswith("An error has occurred.")
