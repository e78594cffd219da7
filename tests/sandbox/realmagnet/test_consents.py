import pytest

from sandbox.realmagnet.account import Account
from tests.sandbox.realmagnet.conftest import START, Client

SOMEONE, NEWSLETTER = 2_778_600_002, 3_449_402
PERIOD = {"StartDate": "2026-02-01", "EndDate": "2026-03-12"}


def unsubscribed(client: Client) -> bool:
    return client.call("SearchRecipient", ID=SOMEONE)[0]["Unsubscribed"]


class TestLeaving:
    def test_for_good_marks_the_recipient_and_is_listed(self, client: Client):
        before = client.call("GetUnsubscribes", FromDate="2026-03-12", ToDate="2026-03-12")
        assert client.call("UnsubscribeRecipient", ID=SOMEONE, IsAll=True)["Status"] == 1
        after = client.call("GetUnsubscribes", FromDate="2026-03-12", ToDate="2026-03-12")
        assert unsubscribed(client)
        assert len(after) == len(before) + 1

    def test_from_a_group_leaves_the_rest(self, client: Client):
        assert client.call("UnsubscribeRecipient", ID=SOMEONE, IsAll=False, Group=NEWSLETTER)["Status"] == 1
        assert not unsubscribed(client)
        newest = client.call("GetUnsubscribes", FromDate="2026-03-12", ToDate="2026-03-12")[0]
        assert newest["GroupName"] == "Newsletter"

    @pytest.mark.parametrize("wrong", [{}, {"Category": 71}, {"Group": 1}, {"ID": 1, "IsAll": True}])
    def test_it_needs_something_to_leave_and_someone_who_leaves(self, client: Client, wrong):
        assert client.call("UnsubscribeRecipient", **({"ID": SOMEONE, "IsAll": False} | wrong))["Status"] == 0

    def test_the_list_is_what_happened_in_the_period(self, client: Client):
        rows = client.call("GetUnsubscribes", FromDate="2026-01-01", ToDate="2026-03-12")
        assert len(rows) == client.admin("truth")["totals"]["unsubscribed"] > 10
        assert all(row["Recipient"]["Unsubscribed"] for row in rows)
        assert "MessageID" not in rows[0]


class TestJoining:
    def test_joining_is_listed_and_lifts_nothing_by_itself(self, client: Client):
        client.call("UnsubscribeRecipient", ID=SOMEONE, IsAll=True)
        answer = client.call("SubscribeRecipient", ID=SOMEONE, Group=NEWSLETTER, RemoveAllUnsubscribes=False)
        assert answer == {"Message": "Action has been completed.", "Status": 1}
        assert unsubscribed(client)
        newest = client.call("GetSubscribers", **PERIOD, Groups=[], ReportType="all")[0]
        assert (newest["Groups"], newest["Recipient"]["ID"]) == ([NEWSLETTER], str(SOMEONE))

    def test_only_the_flag_lifts_a_leaving_for_good(self, client: Client):
        client.call("UnsubscribeRecipient", ID=SOMEONE, IsAll=True)
        client.call("SubscribeRecipient", ID=SOMEONE, Category=71, RemoveAllUnsubscribes=True)
        assert not unsubscribed(client)

    @pytest.mark.parametrize("wrong", [{}, {"CategoryID": 71}, {"Group": 1}, {"ID": 1, "Group": NEWSLETTER}])
    def test_it_needs_a_list_that_exists(self, client: Client, wrong):
        request = {"ID": SOMEONE, "RemoveAllUnsubscribes": False} | wrong
        assert client.call("SubscribeRecipient", **request)["Status"] == 0

    def test_the_list_grows_with_the_clock_and_can_be_narrowed(self, client: Client):
        everyone = client.call("GetSubscribers", **PERIOD, Groups=[], ReportType="all")
        assert len(everyone) == client.admin("truth")["subscribed"]
        narrowed = client.call("GetSubscribers", **PERIOD, Groups=[NEWSLETTER], ReportType="all")
        assert 0 < len(narrowed) < len(everyone)
        client.admin("clock", advance_days=10)
        assert len(client.call("GetSubscribers", StartDate="2026-02-01", EndDate="2026-04-01")) > len(everyone)


class TestSuppression:
    def test_the_list_has_all_three_kinds_and_only_what_happened(self, client: Client):
        rows = client.call("GetSuppressedRecipients", **PERIOD)
        assert len(rows) == client.admin("truth")["suppressed"]
        assert {row["SuppressionType"] for row in rows} == {1, 2, 3}
        assert all(row["Recipient"]["SuppressedDate"] for row in rows)

    def test_kinds_come_as_names_when_told(self, client: Client):
        client.admin("switches", statuses_as="names")
        rows = client.call("GetSuppressedRecipients", **PERIOD)
        assert {row["SuppressionType"] for row in rows} == {"Manual", "SpamComplaint", "Automatic"}

    def test_a_group_narrows_it(self, client: Client, account: Account):
        expected = account.value(
            "SELECT count(*) FROM suppression s JOIN membership m USING (recipient_id) "
            "WHERE m.group_id = ? AND at <= ?",
            *(NEWSLETTER, START),
        )
        assert len(client.call("GetSuppressedRecipients", **PERIOD, GroupID=NEWSLETTER)) == expected > 0
