"""What the gateway reads from an account, over the vendor's protocol, bad days included."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from connector.errors import CredentialsRefused, Refused, Temporary
from connector.model.activity import ACTIVITIES, ActivityGroup, Channel
from connector.model.tracking import Period, Report, TrackedPage
from connector.realmagnet import gateway as gateway_module
from connector.realmagnet.gateway import RealMagnet
from tests.connector.realmagnet.conftest import PERIOD, Vendor

EMAIL, FAX = 18_952_101, 18_952_115
SENT_LABELS = {a.label for a in ACTIVITIES if a.group is ActivityGroup.SENT}
FAX_LABELS = {a.label for a in ACTIVITIES if a.group is ActivityGroup.FAX_SENT}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_module, "PAGE", 500)


def rows(pages: Any) -> list[Any]:
    return [row for page in pages for row in page.rows]


def truth(vendor: Vendor, kind: int, message_id: int = EMAIL) -> list[Any]:
    return vendor.account.all(
        "SELECT recipient_id, at, status FROM event WHERE message_id = ? AND kind = ? AND at <= ?",
        *(message_id, kind, vendor.now),
    )


class TestLogin:
    def test_names_the_account_and_the_login(self, gateway: RealMagnet) -> None:
        login = gateway.login()
        assert (login.account, login.login_id) == ("SAMPLE", 412_001)
        assert gateway.account == "SAMPLE"
        assert gateway.calls == Counter(Authenticate=1)

    def test_a_wrong_password_is_refused_without_being_repeated(self, connect: Callable[..., RealMagnet]) -> None:
        with pytest.raises(CredentialsRefused) as caught:
            connect(password="not-the-one").login()
        assert "not-the-one" not in str(caught.value)
        assert caught.value.advice

    def test_secrets_never_show(self, connect: Callable[..., RealMagnet]) -> None:
        gateway = connect()
        gateway.login()
        assert "demo" not in repr(gateway) + repr(gateway._session) + repr(gateway.login())


class TestMessages:
    def test_lists_what_was_sent_and_nothing_else(self, gateway: RealMagnet) -> None:
        messages = gateway.messages(PERIOD)
        assert len(messages) == 17
        assert all(m.last_sent and m.last_sent.tzinfo and m.created and m.groups for m in messages)
        assert "会員の皆様へ" in {m.name for m in messages}

    def test_an_empty_list_is_believed_only_after_a_fresh_login(self, vendor: Vendor, gateway: RealMagnet) -> None:
        vendor.switch(expired_answer="empty")
        gateway.login()
        vendor.switch(expire_sessions=True)
        assert len(gateway.messages(PERIOD)) == 17

    def test_only_the_asked_days(self, gateway: RealMagnet) -> None:
        one = gateway.messages(PERIOD)[0]
        assert one.last_sent is not None
        day = one.last_sent.astimezone(gateway_module.EASTERN).date()
        assert one.id in {m.id for m in gateway.messages(Period(day, day))}
        assert gateway.messages(Period(PERIOD.first, PERIOD.first)) == []


class TestTracking:
    def test_channels_take_one_probe_each(self, gateway: RealMagnet) -> None:
        assert gateway.channels(EMAIL, PERIOD) == {Channel.EMAIL}
        assert gateway.channels(FAX, PERIOD) == {Channel.FAX}
        assert gateway.calls["GetDetailedTracking"] == 4

    def test_a_total_is_one_call(self, vendor: Vendor, gateway: RealMagnet) -> None:
        assert gateway.total(EMAIL, Report.SENT, PERIOD) == len(truth(vendor, 1))
        assert gateway.calls["GetDetailedTracking"] == 1

    @pytest.mark.parametrize("statuses", ["numbers", "names"])
    def test_sent_rows_carry_our_labels(self, vendor: Vendor, gateway: RealMagnet, statuses: str) -> None:
        vendor.switch(statuses_as=statuses)
        found = rows(gateway.tracking(EMAIL, Report.SENT, PERIOD))
        assert len(found) == len(truth(vendor, 1))
        labels = {row.status for row in found}
        assert labels <= SENT_LABELS
        assert {"Delivered", "Hard Bounce", "Soft Bounce"} <= labels
        assert all(row.recipient.email and row.at > 1_700_000_000_000 for row in found)

    @pytest.mark.parametrize("statuses", ["numbers", "names"])
    def test_fax_rows_carry_fax_labels(self, vendor: Vendor, gateway: RealMagnet, statuses: str) -> None:
        vendor.switch(statuses_as=statuses)
        labels = {row.status for row in rows(gateway.tracking(FAX, Report.FAX_SENT, PERIOD))}
        assert labels <= FAX_LABELS
        assert {"Fax Successful", "Fax Failed"} <= labels

    def test_opens_are_dated_by_their_opening(self, vendor: Vendor, gateway: RealMagnet) -> None:
        found = rows(gateway.tracking(EMAIL, Report.OPENED, PERIOD))
        assert {row.status for row in found} == {"Opened"}
        expected = Counter((row["recipient_id"], row["at"]) for row in truth(vendor, 4))
        assert Counter((row.recipient.id, row.at) for row in found) == expected

    @pytest.mark.usefixtures("small_pages")
    def test_reads_on_while_the_total_grows(self, vendor: Vendor, gateway: RealMagnet) -> None:
        vendor.switch(shift={"events": 600})
        pages: list[TrackedPage] = list(gateway.tracking(EMAIL + 1, Report.SENT, PERIOD))
        first, last = pages[0].total, pages[-1].total
        assert last > first
        assert sum(len(page.rows) for page in pages) == last

    @pytest.mark.usefixtures("small_pages")
    def test_a_page_never_sent_shows_against_the_total(self, vendor: Vendor, gateway: RealMagnet) -> None:
        vendor.switch(drop_page={"page": 2, "report": "email_sent"})
        pages = list(gateway.tracking(EMAIL + 3, Report.SENT, PERIOD))
        assert pages[1].rows == []
        assert sum(len(page.rows) for page in pages) == pages[-1].total - 500

    def test_a_message_without_any_is_one_empty_page(self, gateway: RealMagnet) -> None:
        assert list(gateway.tracking(FAX, Report.OPENED, PERIOD)) == [TrackedPage(0, [])]


class TestClicks:
    def test_every_gross_click_of_the_report_has_its_date(
        self, vendor: Vendor, gateway: RealMagnet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gateway_module, "PAGE", 50)
        urls = gateway.clicked_urls(EMAIL)
        assert len(urls) >= 3
        dated: Counter[tuple[int, int]] = Counter()
        for url in urls:
            clicks = [click for page in gateway.clicks(EMAIL, url.url, PERIOD) for click in page]
            assert len(clicks) == url.clicks
            assert all(click.label and click.text for click in clicks)
            dated.update((click.recipient_id, click.at) for click in clicks)
        assert dated == Counter((row["recipient_id"], row["at"]) for row in truth(vendor, 5))

    def test_an_unknown_url_has_none(self, gateway: RealMagnet) -> None:
        assert list(gateway.clicks(EMAIL, "https://www.example.org/never", PERIOD)) == []


class TestPeople:
    def test_who_left_is_listed_with_the_message_they_left_by(self, vendor: Vendor, gateway: RealMagnet) -> None:
        left = gateway.unsubscribes(PERIOD)
        expected = vendor.account.all("SELECT recipient_id, at FROM event WHERE kind = 6 AND at <= ?", vendor.now)
        assert left
        assert Counter((one.recipient.id, one.at) for one in left) == Counter(map(tuple, expected))
        assert "Newsletter, first issue" in {one.message_name for one in left}

    def test_a_day_before_everything_has_nobody(self, gateway: RealMagnet) -> None:
        assert gateway.unsubscribes(Period(date(2020, 1, 1), date(2020, 1, 2))) == []

    def test_who_joined_is_listed_with_the_groups(self, gateway: RealMagnet) -> None:
        joined = gateway.subscribes(PERIOD)
        assert joined
        assert all(one.at and one.groups and one.recipient.email for one in joined)

    @pytest.mark.parametrize("statuses", ["numbers", "names"])
    def test_who_is_suppressed_is_listed_with_the_kind(
        self, vendor: Vendor, gateway: RealMagnet, statuses: str
    ) -> None:
        vendor.switch(statuses_as=statuses)
        barred = gateway.suppressed(Period(date(2020, 1, 1), PERIOD.last))
        assert barred
        assert {one.kind for one in barred} <= {"Manual", "Spam Complaint", "Automatic"}
        assert all(one.at for one in barred)

    def test_a_recipient_is_found_by_its_number(self, gateway: RealMagnet) -> None:
        wanted = next(iter(gateway.tracking(EMAIL, Report.SENT, PERIOD))).rows[0].recipient
        assert gateway.recipient(wanted.id) == wanted
        assert gateway.recipient(1) is None


class TestBadDays:
    @pytest.mark.parametrize("answer", ["page", "null", "empty"])
    def test_an_expired_session_is_renewed_once(self, vendor: Vendor, gateway: RealMagnet, answer: str) -> None:
        vendor.switch(expired_answer=answer)
        gateway.login()
        vendor.switch(expire_sessions=True)
        assert gateway.total(EMAIL, Report.SENT, PERIOD) > 0
        assert gateway.calls == Counter(Authenticate=2, GetDetailedTracking=2)

    def test_what_stays_refused_is_raised(self, vendor: Vendor, gateway: RealMagnet) -> None:
        vendor.switch(fail={"op": "GetDetailedTracking", "status": 403, "times": -1})
        with pytest.raises(Refused) as caught:
            gateway.total(EMAIL, Report.SENT, PERIOD)
        assert caught.value.code == "403"

    @pytest.mark.parametrize(
        "trouble",
        [
            {"fail": {"op": "GetDetailed", "status": 503}},
            {"fail": {"op": "GetDetailed", "status": 500}},
            {"fail": {"op": "Authenticate", "status": 500, "times": 2}},
            {"fail": {"op": "GetDetailed", "status": 429, "retry_after": 1}},
            {"cut": {"op": "GetDetailed", "after_bytes": 100}},
            {"half_body": {"op": "GetDetailed"}},
        ],
    )
    def test_passing_trouble_passes(self, vendor: Vendor, gateway: RealMagnet, trouble: dict[str, Any]) -> None:
        vendor.switch(**trouble)
        assert gateway.total(EMAIL, Report.SENT, PERIOD) == len(truth(vendor, 1))

    def test_a_session_that_is_told_500_is_renewed_too(self, vendor: Vendor, gateway: RealMagnet) -> None:
        gateway.login()
        vendor.switch(fail={"op": "GetDetailed", "status": 500})
        gateway.total(EMAIL, Report.SENT, PERIOD)
        assert gateway.calls == Counter(Authenticate=2, GetDetailedTracking=2)

    def test_lasting_trouble_is_temporary_and_keeps_secrets(self, vendor: Vendor, gateway: RealMagnet) -> None:
        gateway.login()
        vendor.switch(fail={"op": "", "status": 503, "times": -1})
        with pytest.raises(Temporary) as caught:
            gateway.total(EMAIL, Report.SENT, PERIOD)
        assert gateway._session._session_id not in repr(caught.value)
