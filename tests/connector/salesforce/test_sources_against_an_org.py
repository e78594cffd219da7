"""Sources of an audience found in a whole org, and the people of its reports by every way there is."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from connector.errors import Cancelled, LimitReached, NotFound, Refused
from connector.model.audience import Found, PersonRef, SourceKind
from connector.model.reports import ReportPeople
from connector.salesforce.gateway import Salesforce
from connector.settings import Settings
from sandbox.salesforce.analytics.quotas import USUAL, Quotas
from sandbox.salesforce.report_seed import REPORTS, load_reports
from sandbox.salesforce.seed import seed
from tests.connector.salesforce.conftest import MemoryKeeper
from tests.connector.salesforce.org_stand_in import StandIn, serving

CONTACTS = 9_050
ONE_RUN, EXCEL = "one run of the report", "Salesforce's formatted Excel file"
LOGIC = {
    "reportFilters": [
        {"column": "LAST_NAME", "operator": "lessThan", "value": "C"},
        {"column": "LAST_NAME", "operator": "greaterThan", "value": "S"},
        {"column": "EMAIL", "operator": "notEqual", "value": ""},
    ],
    "reportBooleanFilter": "(1 OR 2) AND 3",
}
SOME = "FROM Contact WHERE (LastName < 'C' OR LastName > 'S') AND Email != null"
MORE = {
    "By name": {"reportType": "ContactList", "reportFormat": "TABULAR", "detailColumns": ["FULL_NAME", "EMAIL"]},
    "By name, some": {
        "reportType": "ContactList",
        "reportFormat": "SUMMARY",
        "detailColumns": ["FULL_NAME"],
        "groupingsDown": [{"name": "LEAD_SOURCE"}],
        **LOGIC,
    },
    "By phone": {
        "reportType": "ContactList",
        "reportFormat": "TABULAR",
        "detailColumns": ["PHONE1", "ACCOUNT.NAME"],
        "reportFilters": [{"column": "LAST_NAME", "operator": "startsWith", "value": "S"}],
    },
    "Sources": {
        "reportType": "ContactList",
        "reportFormat": "SUMMARY",
        "detailColumns": ["CONTACT_ID", "LAST_NAME", "EMAIL"],
        "groupingsDown": [{"name": "LEAD_SOURCE"}, {"name": "ADDRESS2_COUNTRY"}],
        **LOGIC,
    },
    "Long ago": {
        "reportType": "ContactList",
        "reportFormat": "TABULAR",
        "detailColumns": ["CONTACT_ID"],
        "standardDateFilter": {"column": "CREATED_DATE", "durationValue": "CUSTOM", "endDate": "2000-01-01"},
    },
    "100% of_all": {"reportType": "ContactList", "reportFormat": "TABULAR", "detailColumns": ["CONTACT_ID"]},
}


@pytest.fixture(scope="module")
def _stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with serving(tmp_path_factory.mktemp("org")) as stand_in:
        seed(stand_in.org, 1, CONTACTS, 900)
        load_reports(stand_in.org, MORE)
        stand_in.org.set_setting("report_seconds", "0")
        yield stand_in


@pytest.fixture
def stand_in(_stand_in: StandIn) -> Iterator[StandIn]:
    _stand_in.switches.clear()
    yield _stand_in
    quotas = _quotas(_stand_in)
    for kind, maximum in USUAL.items():
        quotas.set_maximum(kind, maximum)
    quotas.reset()


@pytest.fixture
def keeper(stand_in: StandIn) -> MemoryKeeper:
    return MemoryKeeper(stand_in.connection())


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return dataclasses.replace(settings, work_dir=str(tmp_path), poll_seconds=0.1)


@pytest.fixture
def people(salesforce: Salesforce) -> Callable[[str], tuple[ReportPeople, list[PersonRef]]]:
    def read(name: str) -> tuple[ReportPeople, list[PersonRef]]:
        found = salesforce.report_people(report(salesforce, name).id, time.sleep)
        return found, list(found.rows)

    return read


People = Callable[[str], tuple[ReportPeople, list[PersonRef]]]


def report(salesforce: Salesforce, name: str) -> Found:
    return next(found for found in salesforce.reports(name) if found.name == name)


def ids(salesforce: Salesforce, tail: str, field: str = "Id") -> list[str]:
    return sorted(str(row[0]) for row in salesforce.query(f"SELECT {field} {tail}"))


def _quotas(stand_in: StandIn) -> Quotas:
    found: Quotas = stand_in.app.extensions["report_quotas"]
    return found


class TestReports:
    def test_nine_thousand_rows_with_short_ids_come_by_excel(
        self, salesforce: Salesforce, people: People, tmp_path: Path
    ) -> None:
        found, rows = people("Contacts with e-mail")
        wanted = ids(salesforce, "FROM Contact WHERE Email != null")
        assert found.way == EXCEL
        assert found.total == len(wanted) > 8_500
        assert sorted(row.id for row in rows) == wanted
        assert all(row.email and row.name for row in rows)
        assert list(tmp_path.iterdir()) == []

    def test_nine_thousand_rows_without_an_id_column_come_in_parts(
        self, salesforce: Salesforce, people: People
    ) -> None:
        found, rows = people("By name")
        runs, words = found.way.split(maxsplit=1)
        assert words == "runs, each over a part of the rows"
        assert salesforce.calls["reports"] == int(runs) + 1 <= 40
        assert found.total == len(rows)
        assert sorted(row.id for row in rows) == ids(salesforce, "FROM Contact")

    def test_the_filters_of_a_report_hold_in_all_its_parts(self, salesforce: Salesforce, people: People) -> None:
        found, rows = people("By name, some")
        assert "part" in found.way
        assert sorted(row.id for row in rows) == ids(salesforce, SOME)

    def test_groups_of_an_excel_file_are_no_rows(self, salesforce: Salesforce, people: People) -> None:
        found, rows = people("Sources")
        assert found.way == EXCEL
        assert sorted(row.id for row in rows) == ids(salesforce, SOME)

    @pytest.mark.parametrize(
        ("name", "tail"),
        [
            ("Leads by source", "FROM Lead"),
            ("Leads by status and source", "FROM Lead WHERE IsConverted = false"),
            ("Members and their accounts", "FROM Contact WHERE LastName LIKE 'S%'"),
        ],
    )
    def test_a_summary_a_matrix_and_a_custom_type_give_their_people(
        self, salesforce: Salesforce, people: People, name: str, tail: str
    ) -> None:
        found, rows = people(name)
        assert (found.way, found.total) == (ONE_RUN, len(rows))
        assert sorted(row.id for row in rows) == ids(salesforce, tail)

    @pytest.mark.parametrize("name", ["Campaign members", "Conference guests one by one"])
    def test_members_are_contacts_or_leads_whether_in_columns_or_in_groups(
        self, salesforce: Salesforce, people: People, name: str
    ) -> None:
        _, rows = people(name)
        wanted = ids(salesforce, "FROM CampaignMember WHERE Campaign.Name = 'Spring Conference'", "LeadOrContactId")
        assert sorted(row.id for row in rows) == wanted
        assert {row.id[:3] for row in rows} == {"003", "00Q"}

    def test_addresses_alone_serve_where_no_id_can_be_had(
        self, salesforce: Salesforce, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connector.salesforce.reports.id_columns", lambda _: [])
        _, rows = people("E-mail addresses only")
        wanted = salesforce.query("SELECT Email FROM Contact WHERE Email LIKE '%@club.example%'")
        assert sorted(row.email for row in rows) == sorted(str(row[0]) for row in wanted)
        assert {row.id for row in rows} == {""}

    @pytest.mark.parametrize("name", ["E-mail addresses only", "By phone"])
    def test_an_id_that_the_report_type_knows_is_asked_for(self, people: People, name: str) -> None:
        found, rows = people(name)
        assert all(row.id.startswith("003") and len(row.id) == 18 for row in rows)
        assert found.total == len({row.id for row in rows})

    def test_a_date_filter_of_the_report_is_kept(self, people: People) -> None:
        found, rows = people("Long ago")
        assert (found.total, rows) == (0, [])

    def test_a_report_without_people_says_what_to_add(self, people: People) -> None:
        with pytest.raises(Refused, match="does not say who its people are") as refused:
            people("Campaigns")
        assert "Contact ID or Lead ID" in refused.value.advice

    def test_a_joined_report_is_refused_before_it_is_chosen_and_after(
        self, salesforce: Salesforce, people: People
    ) -> None:
        with pytest.raises(Refused, match="joined report"):
            people("Contacts beside Leads")
        assert "joined" in report(salesforce, "Contacts beside Leads").refusal

    @pytest.mark.parametrize("report_id", ["00OHu00000zzzzz", "nonsense/../limits"])
    def test_a_deleted_report_is_not_found(self, salesforce: Salesforce, report_id: str) -> None:
        with pytest.raises(NotFound):
            salesforce.report_people(report_id, time.sleep)
        with pytest.raises(NotFound):
            salesforce.source(SourceKind.REPORT, report_id)

    def test_runs_are_queued_when_the_immediate_ones_are_used_up(
        self, salesforce: Salesforce, people: People, stand_in: StandIn
    ) -> None:
        _quotas(stand_in).set_maximum("sync", 3)
        found, rows = people("By name, some")
        assert "runs, each over a part" in found.way
        assert sorted(row.id for row in rows) == ids(salesforce, SOME)

    def test_nothing_is_given_when_no_run_is_left(self, people: People, stand_in: StandIn) -> None:
        _quotas(stand_in).set_maximum("sync", 3)
        _quotas(stand_in).set_maximum("async", 2)
        with pytest.raises(LimitReached):
            people("By name, some")

    def test_a_queued_run_that_fails_says_so(self, people: People, stand_in: StandIn) -> None:
        _quotas(stand_in).set_maximum("sync", 0)
        stand_in.app.extensions["switches"].set("report_fails")
        with pytest.raises(Refused, match="could not run this report: Error"):
            people("Leads by source")

    def test_a_person_can_stop_it_between_two_runs(self, salesforce: Salesforce) -> None:
        asked: list[float] = []

        def wait(seconds: float) -> None:
            asked.append(seconds)
            if len(asked) > 3:
                raise Cancelled("stop")

        with pytest.raises(Cancelled):
            salesforce.report_people(report(salesforce, "By name, some").id, wait)
        assert salesforce.calls["reports"] == 4

    def test_a_passing_fault_in_the_middle_is_overcome(
        self, salesforce: Salesforce, people: People, stand_in: StandIn
    ) -> None:
        stand_in.switches.set("unavailable", method="POST", path="analytics", times=2)
        _, rows = people("By name, some")
        assert len(rows) == salesforce.count(f"SELECT COUNT() {SOME}")


class TestCampaigns:
    def test_they_are_found_by_a_part_of_their_name_with_what_tells_them_apart(self, salesforce: Salesforce) -> None:
        (found,) = salesforce.campaigns("ring conf")
        members = salesforce.count("SELECT COUNT() FROM CampaignMember WHERE Campaign.Name = 'Spring Conference'")
        assert (found.name, found.kind, len(found.id)) == ("Spring Conference", SourceKind.CAMPAIGN, 18)
        assert found.detail.endswith(f"{members:,} members")
        assert salesforce.source(SourceKind.CAMPAIGN, found.id) == found
        assert salesforce.campaign_statuses(found.id) == ["Invited", "Registered", "Attended"]

    @pytest.mark.parametrize("text", ["%", "_____", "\\", "'", "Spring%", "x' OR Name != '"])
    def test_signs_of_a_query_stand_for_themselves(self, salesforce: Salesforce, text: str) -> None:
        assert [found.name for found in salesforce.campaigns(text) if text not in found.name] == []
        assert salesforce.campaigns("Spring%") == []

    def test_no_text_finds_any(self, salesforce: Salesforce) -> None:
        assert len(salesforce.campaigns("")) == 4

    @pytest.mark.parametrize("source_id", ["701Dn0000099999", "701Dn0000099999IAI", ""])
    def test_a_deleted_one_is_not_found(self, salesforce: Salesforce, source_id: str) -> None:
        with pytest.raises(NotFound, match="This Campaign is deleted"):
            salesforce.source(SourceKind.CAMPAIGN, source_id)

    def test_more_is_told_where_the_user_may_see_it(
        self, salesforce: Salesforce, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = salesforce._sources._records.query

        def with_rights(soql: str) -> Iterator[Sequence[object]]:
            for record_id, name, *_ in asked("SELECT Id, Name FROM Campaign LIMIT 1"):
                yield record_id, name, "Email", "In Progress", 1_000, 240

        monkeypatch.setattr(salesforce._sources._records, "query", with_rights)
        assert salesforce.campaigns("x")[0].detail == "Email, In Progress, 1,240 members"


class TestReportSearch:
    def test_a_percent_sign_stands_for_itself(self, salesforce: Salesforce) -> None:
        assert [found.name for found in salesforce.reports("0% OF_A")] == ["100% of_all"]

    def test_it_says_what_a_report_is_and_where(self, salesforce: Salesforce) -> None:
        found = report(salesforce, "Leads by source")
        assert (found.detail, found.refusal) == ("Summary report in Public Reports", "")
        assert salesforce.source(SourceKind.REPORT, found.id[:15]) == found

    def test_at_most_twenty_are_shown(self, stand_in: StandIn, salesforce: Salesforce) -> None:
        load_reports(stand_in.org, {f"Many {number}": REPORTS["Accounts"] for number in range(25)})
        assert len(salesforce.reports("many")) == 20


class TestListViews:
    def test_those_of_contacts_and_leads_are_found_over_all_pages(
        self, salesforce: Salesforce, stand_in: StandIn
    ) -> None:
        stand_in.org.set_setting("list_views_per_page", "1")
        assert [(found.name, found.object_name) for found in salesforce.list_views("aLL")] == [
            ("All Contacts", "Contact"),
            ("All Leads", "Lead"),
        ]
        stand_in.org.set_setting("list_views_per_page", "200")

    def test_one_tells_that_my_records_are_the_connected_users(self, salesforce: Salesforce) -> None:
        mine = view(salesforce, "My Contacts")
        assert mine.detail == "Contacts"
        now = salesforce.source(SourceKind.LIST_VIEW, mine.id[:15], "Contact")
        assert (now.name, now.id) == ("My Contacts", mine.id)
        assert now.detail == "Contacts, My Contacts of the integration user"

    def test_its_tail_runs_behind_our_own_select(self, salesforce: Salesforce) -> None:
        tail = salesforce.list_view_tail("Contact", view(salesforce, "Contacts with an address, from O to S").id)
        where = "Email != null AND (LastName LIKE 'O%' OR LastName LIKE 'S%' OR LastName = 'd\\'Arc')"
        assert tail == f"FROM Contact WHERE {where}"
        found = [row[0] for row in salesforce.bulk_query(f"SELECT Id {tail}", wait=time.sleep)]
        assert sorted(found) == ids(salesforce, f"FROM Contact WHERE {where}")

    def test_its_scope_comes_with_it(self, salesforce: Salesforce) -> None:
        tail = salesforce.list_view_tail("Contact", view(salesforce, "My Contacts").id)
        assert tail == "FROM Contact USING SCOPE mine"
        assert salesforce.count(f"SELECT COUNT() {tail}") == 0

    def test_one_that_is_no_query_is_refused(self, salesforce: Salesforce) -> None:
        viewed = view(salesforce, "Recently Viewed Contacts")
        assert "Recently" not in viewed.refusal
        assert salesforce.source(SourceKind.LIST_VIEW, viewed.id, "Contact").refusal == viewed.refusal != ""
        with pytest.raises(Refused, match="cannot say this list view as a query"):
            salesforce.list_view_tail("Contact", viewed.id)

    def test_a_deleted_one_is_not_found(self, salesforce: Salesforce) -> None:
        with pytest.raises(NotFound, match="This List view is deleted"):
            salesforce.list_view_tail("Contact", view(salesforce, "All Leads").id)


def view(salesforce: Salesforce, name: str) -> Found:
    return next(found for found in salesforce.list_views(name) if found.name == name)
