from collections import Counter
from typing import Any

import pytest

from sandbox.realmagnet.account import Account
from tests.sandbox.realmagnet.conftest import START, Client

FIRST = "Spring Conference: registration opens"
LAST = "Conference: last seats"
REPORTS = ("email_sent", "email_delivered", "email_bounced", "email_opened", "links", "unsubscribed")


def instant(text: str) -> int:
    return int(text.removeprefix("/Date(")[:-7])


def read_all(client: Client, message_id: int, report: str, size: int = 500) -> list[dict[str, Any]]:
    rows, page = [], 1
    while True:
        answer = client.page(message_id, report, page, size)
        rows += answer["RecipientDetails"]
        if page * size >= answer["TotalRecords"]:
            return rows
        page += 1


class TestPages:
    @pytest.mark.parametrize("report", REPORTS)
    def test_total_and_rows_are_what_truly_happened(self, client: Client, report):
        found = [row for row in client.admin("truth")["messages"] if report in row["counts"]]
        message_id, expected = found[-1]["MessageID"], found[-1]["counts"][report]
        assert client.page(message_id, report, size=1)["TotalRecords"] == expected
        assert len(read_all(client, message_id, report)) == expected

    @pytest.mark.parametrize("report", ["fax_sent", "fax_delivered", "fax_failed", "fax_all"])
    def test_a_fax_has_fax_reports_and_nothing_in_the_mail_ones(self, client: Client, report):
        fax = client.messages()["Fax: ballot"]
        counts = client.truth(fax)["counts"]
        expected = counts["fax_sent" if report == "fax_all" else report]
        assert client.page(fax, report, size=1)["TotalRecords"] == expected > 0
        assert client.page(fax, "all", size=1)["TotalRecords"] == 0

    def test_rows_come_newest_first_and_pages_do_not_overlap(self, client: Client):
        rows = read_all(client, client.messages()[FIRST], "email_opened", 100)
        moments = [instant(row["ResultDate"]) for row in rows]
        assert moments == sorted(moments, reverse=True)
        assert moments == [instant(row["OpenDate"]) for row in rows]
        once = read_all(client, client.messages()[FIRST], "email_opened", 2000)
        assert [row["MMId"] for row in rows] == [row["MMId"] for row in once]

    def test_a_page_never_holds_more_than_2000(self, client: Client, account: Account):
        message_id = client.messages()[FIRST]
        rows = [(message_id, 4, START - n, 10**9 + n, 2_778_600_001, 1, None, None) for n in range(2_500)]
        account.insert_events(rows)
        answer = client.page(message_id, "email_opened", size=5_000)
        assert answer["RecordsPerPage"] == len(answer["RecipientDetails"]) == 2_000
        assert answer["TotalRecords"] > 2_500

    def test_beyond_the_last_page_there_are_no_rows(self, client: Client):
        assert client.page(client.messages()[FIRST], "unsubscribed", 99)["RecipientDetails"] == []

    def test_an_unknown_message_has_nothing_and_an_unknown_report_is_refused(self, client: Client):
        assert client.page(1, "email_sent")["TotalRecords"] == 0
        assert client.post("GetDetailedTracking", MessageID=1, ReportType="sms_sent").status_code == 400

    def test_the_recipient_is_the_whole_object_with_its_id_as_text(self, client: Client):
        row = client.page(client.messages()[FIRST], "email_sent", size=1)["RecipientDetails"][0]
        recipient = row["Recipient"]
        assert recipient["ID"] == str(row["MMId"])
        assert len(recipient["ID"]) == 10
        assert {"CustomField1", "CustomField30", "FaxSendSupress", "SuppressedDate", "Zip"} <= set(recipient)
        assert len(recipient) == 49


class TestWindows:
    def test_a_day_of_each_form_holds_the_same_rows(self, client: Client):
        message_id = client.messages()[FIRST]
        totals = {
            client.page(message_id, "email_opened", size=1, FromDate=day, ToDate=day)["TotalRecords"]
            for day in ("2026-02-21", "2026-02-21T23:59:59", "02/21/2026")
        }
        assert len(totals) == 1
        assert totals.pop() > 0

    def test_days_add_up_to_the_whole(self, client: Client):
        message_id = client.messages()[FIRST]
        days = [f"2026-02-{day:02d}" for day in range(18, 29)] + [f"2026-03-{day:02d}" for day in range(1, 13)]
        parts = [client.page(message_id, "links", size=1, FromDate=d, ToDate=d)["TotalRecords"] for d in days]
        assert sum(parts) == client.page(message_id, "links", size=1)["TotalRecords"]

    def test_both_ends_are_included_to_the_last_millisecond(self, client: Client, account: Account):
        late = START - 12 * 3_600_000 - 1  # the last millisecond of the eleventh of March in the East
        account.insert_events([(77, 4, late, 10**9, 2_778_600_001, 1, None, None)])
        assert client.page(77, "email_opened", FromDate="2026-03-11", ToDate="2026-03-11")["TotalRecords"] == 1
        assert client.page(77, "email_opened", FromDate="2026-03-12", ToDate="2026-03-12")["TotalRecords"] == 0

    def test_an_unreadable_date_is_a_400_page(self, client: Client):
        answer = client.post("GetDetailedTracking", MessageID=1, ReportType="links", FromDate="12.03.2026")
        assert answer.status_code == 400


class TestTheClock:
    def test_sends_in_progress_reach_an_end_while_the_sent_total_stands(self, client: Client):
        message_id = client.messages()[LAST]
        before = read_all(client, message_id, "email_sent")
        waiting = [row for row in before if row["Status"] == 0]
        assert waiting
        client.admin("clock", advance_days=3)
        after = read_all(client, message_id, "email_sent")
        assert len(after) == len(before)
        assert not [row for row in after if row["Status"] == 0]
        assert Counter(row["Status"] for row in after).keys() > {1, 2, 3, 4}

    def test_the_result_date_is_the_sends_until_there_is_a_result(self, client: Client):
        message_id = client.messages()[LAST]
        waiting = {row["MMId"]: row for row in read_all(client, message_id, "email_sent") if row["Status"] == 0}
        client.admin("clock", advance_days=3)
        ended = {row["MMId"]: row for row in read_all(client, message_id, "email_sent") if row["MMId"] in waiting}
        assert all(instant(ended[who]["ResultDate"]) > START >= instant(waiting[who]["ResultDate"]) for who in waiting)

    def test_delivered_and_bounced_hold_only_their_own(self, client: Client):
        message_id = client.messages()[FIRST]
        assert {row["Status"] for row in read_all(client, message_id, "email_delivered")} == {1}
        assert {row["Status"] for row in read_all(client, message_id, "email_bounced")} <= {2, 3, 4, 5, 6, 7}

    def test_a_scheduled_message_has_nothing_until_its_hour(self, client: Client):
        scheduled = client.messages()["Newsletter, third issue"]
        assert client.page(scheduled, "email_sent", size=1)["TotalRecords"] == 0
        client.admin("clock", advance_days=1)
        assert client.page(scheduled, "email_sent", size=1)["TotalRecords"] > 1_000

    def test_opens_of_old_messages_keep_coming(self, client: Client):
        message_id = client.messages()[FIRST]
        before = client.page(message_id, "email_opened", size=1)["TotalRecords"]
        client.admin("clock", advance_days=7)
        assert client.page(message_id, "email_opened", size=1)["TotalRecords"] > before

    def test_the_clock_can_be_set_and_made_to_run(self, client: Client):
        still = client.admin("clock", now="2026-04-01T00:00:00-04:00")
        assert still["now"] == "2026-04-01T04:00:00.000+00:00"
        assert client.admin("clock")["now_ms"] == still["now_ms"]
        assert client.admin("clock", runs=True)["runs"] is True
        assert client.admin("clock")["now_ms"] >= still["now_ms"]

    def test_a_clock_without_a_zone_is_refused(self, client: Client):
        assert client.web.post("/_sandbox/clock", data=b'{"now": "2026-04-01T00:00:00"}').status_code == 400


class TestLinks:
    def urls(self, client: Client, message_id: int) -> Counter[str]:
        rows = client.call("ExecuteReport", ReportId=2, Parameters=[{"Key": "@MessageId", "Value": str(message_id)}])
        clicks: Counter[str] = Counter()
        for row in rows:
            assert row["NetClicks"] == 1 <= row["GrossClicks"]
            clicks[row["URL"]] += row["GrossClicks"]
        return clicks

    def test_report_2_has_a_row_a_recipient_and_url_whose_gross_clicks_are_all_clicks(self, client: Client):
        message_id = client.messages()[FIRST]
        clicks = self.urls(client, message_id)
        assert 3 <= len(clicks) <= 6
        assert clicks.total() == client.page(message_id, "links", size=1)["TotalRecords"]

    def test_link_tracking_gives_every_click_of_a_url_page_by_page(self, client: Client):
        message_id = client.messages()[FIRST]
        url, expected = self.urls(client, message_id).most_common(1)[0]
        wanted = {"MessageID": message_id, "LinkURL": url, "StartDate": "2026-01-01", "EndDate": "2026-12-31"}
        pages = [client.call("GetMessageLinkTracking", **wanted, PageNo=n, PageSize=20) for n in range(1, 40)]
        rows = [row for page in pages for row in page]
        assert len(rows) == expected
        assert set(rows[0]) == {"Date", "LinkLabel", "LinkText", "LinkURL", "MessageID", "RecipientID"}
        assert isinstance(rows[0]["RecipientID"], int)
        assert [instant(row["Date"]) for row in rows] == sorted((instant(row["Date"]) for row in rows), reverse=True)

    def test_the_url_must_match_to_the_letter(self, client: Client):
        message_id = client.messages()[FIRST]
        url = next(iter(self.urls(client, message_id)))
        wanted = {
            "MessageID": message_id,
            "StartDate": "2026-01-01",
            "EndDate": "2026-12-31",
            "PageNo": 1,
            "PageSize": 9,
        }
        assert client.call("GetMessageLinkTracking", **wanted, LinkURL=url)
        assert client.call("GetMessageLinkTracking", **wanted, LinkURL=url.upper()) == []

    @pytest.mark.parametrize("change", [{"PageSize": 2001}, {"PageSize": 0}, {"StartDate": ""}, {"LinkURL": None}])
    def test_every_member_is_mandatory_and_the_page_is_limited(self, client: Client, change):
        wanted = {"MessageID": 1, "LinkURL": "x", "StartDate": "2026-01-01", "EndDate": "2026-01-02"}
        answer = client.post("GetMessageLinkTracking", **(wanted | {"PageNo": 1, "PageSize": 2000} | change))
        assert answer.status_code == 400

    def test_other_reports_are_empty_and_the_catalogue_names_the_one(self, client: Client):
        assert client.call("ExecuteReport", ReportId=9, Parameters=[]) == []
        assert client.post("ExecuteReport", ReportId=2, Parameters=[]).status_code == 400
        assert [row["ReportId"] for row in client.call("GetReports")] == [2]
        assert client.call("GetReportMetaData", ReportId=2)["Parameters"][0]["Name"] == "@MessageId"


class TestCost:
    @pytest.mark.parametrize(
        ("sql", "index"),
        [
            ("SELECT count(*) FROM event WHERE message_id = 1 AND kind = 1 AND at >= 0 AND at < 9", "PRIMARY KEY"),
            (
                "SELECT * FROM event WHERE message_id = 1 AND kind = 4 AND at < 9 ORDER BY at DESC, seq DESC",
                "PRIMARY KEY",
            ),
            (
                "SELECT at FROM event WHERE message_id = 1 AND link_id = 2 AND kind = 5 AND at < 9 ORDER BY at",
                "event_link",
            ),
            ("SELECT at FROM event WHERE recipient_id = 1 AND kind IN (1, 4)", "event_recipient"),
        ],
    )
    def test_a_page_is_found_by_an_index_and_never_sorted(self, account: Account, sql, index):
        plan = " ".join(row["detail"] for row in account.all(f"EXPLAIN QUERY PLAN {sql}"))
        assert index in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
