"""Reports run as the vendor runs them: fact map and groups, the cut, changes of one call, runs in the background."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from sandbox import ids
from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.salesforce.report_seed import load_reports
from tests.sandbox.salesforce.conftest import BASE
from tests.sandbox.salesforce.reporting import Analyst, detail_rows, rows_of, seeded_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[Flask]:
    running = seeded_app(tmp_path_factory.mktemp("reports"))
    yield running
    close_app(running)


@pytest.fixture
def org(app: Flask) -> Org:
    return app.extensions["salesforce"].org


@pytest.fixture
def analyst(app: Flask, org: Org) -> Analyst:
    """The user our product connects as."""
    app.extensions["report_quotas"].reset()
    return Analyst(app, org.integration_user_id)


@pytest.fixture
def ada(app: Flask, org: Org) -> Analyst:
    return Analyst(app, org.user_id("ada@salesforce.example"))


M_TO_O = "(LastName LIKE 'M%' OR LastName LIKE 'N%' OR LastName LIKE 'O%')"


def with_address(analyst: Analyst) -> list[dict[str, Any]]:
    """All of them, in two pages."""
    low = analyst.found("Contact", "Email != null AND LastName < 'M'")
    return low + analyst.found("Contact", "Email != null AND LastName >= 'M'")


class TestTabular:
    def test_rows_are_those_that_a_query_finds(self, analyst):
        result = analyst.run("Contacts by name")
        expected = analyst.found("Contact", M_TO_O)
        assert result["allData"] is True
        assert len(expected) > 100
        rows = rows_of(result)
        assert {row[0] for row in rows} == {item["Id"] for item in expected}
        assert len(rows) == len(expected) == result["factMap"]["T!T"]["aggregates"][0]["value"]

    def test_rows_stand_in_the_report_s_order(self, analyst):
        labels = [row["dataCells"][0]["label"] for row in detail_rows(analyst.run("Contacts by name"))]
        ordered = analyst.found("Contact", f"{M_TO_O} ORDER BY Name", "Name")
        assert labels == [item["Name"] for item in ordered]

    def test_after_2000_detail_rows_it_stops_and_says_so(self, analyst):
        result = analyst.run("Contacts with e-mail")
        total = analyst.count("Contact", "Email != null")
        assert total > 2_000
        assert len(rows_of(result)) == 2_000
        assert (result["allData"], result["hasExceededTabularRowLimit"]) == (False, True)
        assert result["factMap"]["T!T"]["aggregates"] == [{"label": f"{total:,}", "value": total}]

    def test_without_details_there_are_none_and_nothing_is_cut(self, analyst):
        result = analyst("GET", analyst.path("Contacts with e-mail")).json
        assert result["factMap"]["T!T"].keys() == {"aggregates"}
        assert (result["allData"], result["hasDetailRows"]) == (True, False)

    def test_contact_id_columns_have_ids_of_15_characters(self, analyst):
        found = [row[0] for row in rows_of(analyst.run("Contacts with e-mail"))]
        assert {len(item) for item in found} == {15}
        everybody = {item["Id"] for item in with_address(analyst)}
        assert {ids.to_id18(item) for item in found} <= everybody

    def test_a_lookup_cell_shows_the_name_and_carries_the_id(self, analyst):
        row = next(detail_rows(analyst.run("Contacts by name")))
        cell = row["dataCells"][0]
        (found,) = analyst.found("Contact", f"Id = '{cell['value']}'", "Name")
        assert (len(cell["value"]), found["Name"]) == (18, cell["label"])

    @pytest.mark.parametrize(("version", "empty"), [("v66.0", ""), ("v37.0", ""), ("v36.0", None)])
    def test_an_empty_cell_depends_on_the_version(self, analyst, version, empty):
        address = f"/services/data/{version}{analyst.path('Contacts with e-mail')}?includeDetails=true"
        phones = [row[4] for row in rows_of(analyst("GET", address).json)]
        assert {"", None} & set(phones) == {empty}

    def test_an_id_column_of_a_custom_type_is_whole(self, analyst):
        result = analyst.run("Members and their accounts")
        assert {len(row[0]) for row in rows_of(result)} == {18}
        info = result["reportExtendedMetadata"]["detailColumnInfo"]["Contact$Id"]
        assert (info["label"], info["dataType"], info["isLookup"]) == ("Contact ID", "id", False)

    def test_campaign_members_are_contacts_or_leads(self, analyst):
        rows = rows_of(analyst.run("Campaign members"))
        found = {ids.to_id18(contact or lead) for _, _, contact, lead, *_ in rows}
        members = analyst.records(
            "SELECT LeadOrContactId FROM CampaignMember WHERE Campaign.Name = 'Spring Conference' LIMIT 2000"
        )
        assert all(bool(contact) != bool(lead) for _, _, contact, lead, *_ in rows)
        assert found == {item["LeadOrContactId"] for item in members}
        assert {item[:3] for item in found} == {"003", "00Q"}


class TestGroups:
    def test_a_summary_of_two_levels(self, analyst):
        result = analyst.run("Leads by source")
        facts, outer = result["factMap"], result["groupingsDown"]["groupings"]
        assert [item["key"] for item in outer] == [str(number) for number in range(len(outer))]
        for group in outer:
            inner = group["groupings"]
            counts = [facts[f"{item['key']}!T"]["aggregates"][0]["value"] for item in inner]
            assert facts[f"{group['key']}!T"] == {
                "aggregates": [{"label": str(sum(counts)), "value": sum(counts)}],
                "rows": [],
            }
            assert [item["key"] for item in inner] == [f"{group['key']}_{number}" for number in range(len(inner))]
        assert facts["T!T"]["rows"] == []
        assert facts["T!T"]["aggregates"][0]["value"] == len(rows_of(result))

    def test_every_lead_is_in_its_group_and_grouped_fields_are_not_in_the_cells(self, analyst):
        result = analyst.run("Leads by source")
        found = {
            (ids.to_id18(row["dataCells"][0]["value"]), source["value"], status["value"])
            for source in result["groupingsDown"]["groupings"]
            for status in source["groupings"]
            for row in result["factMap"][f"{status['key']}!T"]["rows"]
        }
        leads = analyst.records("SELECT Id, LeadSource, Status FROM Lead")
        assert found == {(item["Id"], item["LeadSource"] or "", item["Status"]) for item in leads}
        assert {len(row["dataCells"]) for row in detail_rows(result)} == {4}

    def test_a_matrix_has_facts_for_every_crossing_and_every_total(self, analyst):
        result = analyst.run("Leads by status and source")
        facts = result["factMap"]
        down, across = (result[f"groupings{axis}"]["groupings"] for axis in ("Down", "Across"))
        assert [item["label"] for item in across] == sorted(item["label"] for item in across)
        for left in down:
            for top in across:
                fact = facts[f"{left['key']}!{top['key']}"]
                wanted = f"= '{top['value']}'" if top["value"] else "= null"
                query = f"Status = '{left['value']}' AND IsConverted = false AND LeadSource {wanted}"
                expected = {item["Id"][:15] for item in analyst.found("Lead", query)}
                assert {row["dataCells"][0]["value"] for row in fact["rows"]} == expected
        total = facts["T!T"]["aggregates"][0]["value"]
        assert total == sum(facts[f"T!{item['key']}"]["aggregates"][0]["value"] for item in across)
        assert total == sum(facts[f"{item['key']}!T"]["aggregates"][0]["value"] for item in down)

    def test_people_may_be_in_the_groups_alone(self, analyst):
        result = analyst.run("Conference guests one by one")
        groups = result["groupingsDown"]["groupings"]
        members = analyst.records(
            "SELECT LeadOrContactId, Name FROM CampaignMember WHERE Campaign.Name = 'Spring Conference' LIMIT 2000"
        )
        assert {(item["value"], item["label"]) for item in groups} == {
            (item["LeadOrContactId"], item["Name"]) for item in members
        }
        assert len(groups) == len(members), "namesakes have a group each"
        assert not any(str(value).startswith(("003", "00Q")) for row in rows_of(result) for value in row)

    def test_a_joined_report_has_no_list(self, analyst):
        result = analyst.run("Contacts beside Leads")
        assert result["reportMetadata"]["reportFormat"] == "MULTI_BLOCK"
        assert rows_of(result) == []


class TestChanges:
    def test_they_are_never_saved(self, analyst):
        before = analyst.describe("Contacts by name")
        changes = {"detailColumns": ["CONTACT_ID"], "reportFilters": [], "sortBy": []}
        result = analyst.run("Contacts by name", changes)
        assert result["reportMetadata"]["detailColumns"] == ["CONTACT_ID"]
        assert {len(row) for row in rows_of(result)} == {1}
        assert analyst.describe("Contacts by name") == before

    def test_slices_by_a_filter_make_the_whole(self, analyst):
        """What a caller does to get past the cut."""
        every = {item["Id"][:15] for item in with_address(analyst)}
        found: list[str] = []
        saved = analyst.describe("Contacts with e-mail")["reportMetadata"]["reportFilters"]
        for operator in ("lessThan", "greaterOrEqual"):
            more = {"column": "LAST_NAME", "operator": operator, "value": "M"}
            result = analyst.run("Contacts with e-mail", {"reportFilters": [*saved, more]})
            assert result["allData"] is True
            found += [row[0] for row in rows_of(result)]
        assert len(found) == len(set(found))
        assert set(found) == every

    @pytest.mark.parametrize(
        ("column", "operator", "value", "where"),
        [
            ("LAST_NAME", "equals", "o'brien,Smith", "LastName IN ('O\\'Brien', 'Smith')"),
            ("LAST_NAME", "notEqual", "Smith", "LastName != 'Smith'"),
            ("EMAIL", "equals", "", "Email = null"),
            ("EMAIL", "notEqual", "", "Email != null"),
            ("EMAIL", "contains", "+news,FRONT", "Email LIKE '%+news%' OR Email LIKE '%front%'"),
            ("EMAIL", "notContain", "example", "NOT (Email LIKE '%example%')"),
            ("LAST_NAME", "startsWith", "M", "LastName LIKE 'M%'"),
            ("LAST_NAME", "contains", "_", "LastName LIKE '%\\_%'"),
            ("EMAIL_OPT_OUT", "equals", "True", "HasOptedOutOfEmail = true"),
            ("EMAIL_OPT_OUT", "notEqual", "1", "HasOptedOutOfEmail = false"),
            ("CREATED_DATE", "equals", "2025-03-03", "CreatedDate != null"),
            ("CREATED_DATE", "lessThan", "3/3/2025", "CreatedDate = null"),
            ("CREATED_DATE", "greaterThan", "2025-03-03", "CreatedDate = null"),
            ("CREATED_DATE", "greaterOrEqual", "2025-03-03T09:00:00Z", "CreatedDate != null"),
            ("CREATED_DATE", "lessThan", "2025-03-03T09:00:00Z", "CreatedDate = null"),
            ("FULL_NAME", "contains", "smith", "Name LIKE '%smith%'"),
        ],
    )
    def test_a_filter_means_what_the_same_query_means(self, analyst, column, operator, value, where):
        changes = {"reportFilters": [{"column": column, "operator": operator, "value": value}]}
        found = analyst.run("Contacts by name", changes)["factMap"]["T!T"]["aggregates"][0]["value"]
        assert found == analyst.count("Contact", where)

    def test_logic_joins_filters_by_their_numbers(self, analyst):
        filters = [
            {"column": "LAST_NAME", "operator": "equals", "value": "Smith"},
            {"column": "LAST_NAME", "operator": "equals", "value": "Taylor"},
            {"column": "EMAIL", "operator": "contains", "value": "@example"},
        ]
        changes = {"reportFilters": filters, "reportBooleanFilter": "(1 OR 2) AND NOT 3"}
        found = analyst.run("Contacts by name", changes)["factMap"]["T!T"]["aggregates"][0]["value"]
        where = "(LastName = 'Smith' OR LastName = 'Taylor') AND (NOT (Email LIKE '%@example%'))"
        assert found == analyst.count("Contact", where) > 0

    def test_only_a_short_id_equals_an_id(self, analyst):
        person = analyst.records("SELECT Id FROM Contact LIMIT 1")[0]["Id"]

        def count(value: str) -> int:
            changes = {"reportFilters": [{"column": "CONTACT_ID", "operator": "equals", "value": value}]}
            return len(rows_of(analyst.run("Contacts by name", changes)))

        assert (count(person[:15]), count(person)) == (1, 0)

    @pytest.mark.parametrize(
        ("dates", "everybody"),
        [
            ({"startDate": "2025-03-03", "endDate": "2025-03-03"}, True),
            ({"startDate": "2025-03-04", "endDate": None}, False),
            ({"startDate": None, "endDate": "2025-03-02"}, False),
            ({"durationValue": "LAST_N_DAYS:10000"}, True),
            ({"durationValue": "TOMORROW"}, False),
        ],
    )
    def test_the_standard_date_filter_counts_days_of_the_user(self, analyst, dates, everybody):
        changes = {"standardDateFilter": {"column": "CREATED_DATE", "durationValue": "CUSTOM"} | dates}
        assert bool(rows_of(analyst.run("Contacts by name", changes))) is everybody

    def test_a_summary_can_be_read_flat(self, analyst):
        flat = {"reportFormat": "TABULAR", "groupingsDown": []}
        result = analyst.run("Leads by source", flat)
        assert list(result["factMap"]) == ["T!T"]
        assert len(rows_of(result)) == len(rows_of(analyst.run("Leads by source")))


def too_many(count: int) -> list[dict[str, str]]:
    return [{"column": "EMAIL", "operator": "notEqual", "value": str(number)} for number in range(count)]


class TestRefusals:
    @pytest.mark.parametrize(
        "changes",
        [
            {"detailColumns": ["NO_SUCH"]},
            {"detailColumns": "EMAIL"},
            {"detailColumns": [f"C{number}" for number in range(101)]},
            {"detailColumns": ["EMAIL", "EMAIL"]},
            {"reportFilters": too_many(21)},
            {"reportFilters": [{"column": "NO_SUCH", "operator": "equals", "value": "x"}]},
            {"reportFilters": [{"column": "EMAIL", "operator": "like", "value": "x"}]},
            {"reportFilters": [{"column": "CONTACT_ID", "operator": "greaterThan", "value": "003"}]},
            {"reportFilters": [{"column": "CREATED_DATE", "operator": "equals", "value": "soon"}]},
            {"reportFilters": [{"column": "EMAIL_OPT_OUT", "operator": "equals", "value": "maybe"}]},
            {"reportFilters": too_many(2), "reportBooleanFilter": "1 AND 3"},
            {"reportFilters": too_many(2), "reportBooleanFilter": "1"},
            {"reportFilters": too_many(3), "reportBooleanFilter": "1 OR 2 AND 3"},
            {"reportFilters": too_many(1), "reportBooleanFilter": "1; DROP"},
            {"sortBy": [{"sortColumn": "EMAIL"}, {"sortColumn": "LAST_NAME"}]},
            {"standardDateFilter": {"column": "EMAIL", "durationValue": "TODAY"}},
            {"standardDateFilter": {"column": "CREATED_DATE", "durationValue": "WHENEVER"}},
            {"reportFormat": "SUMMARY"},
            {"scope": "mine"},
        ],
    )
    def test_a_change_that_cannot_be(self, analyst, changes):
        reply = analyst("POST", analyst.path("Contacts by name"), json={"reportMetadata": changes})
        assert (reply.status_code, reply.json[0]["errorCode"]) == (400, "BAD_REQUEST")

    def test_twenty_filters_and_a_hundred_characters_of_logic_are_fine(self, analyst):
        changes = {"reportFilters": too_many(20), "reportBooleanFilter": " AND ".join(map(str, range(1, 21)))}
        assert len(rows_of(analyst.run("Contacts by name", changes))) == 2_000

    @pytest.mark.parametrize(
        ("options", "status"),
        [
            ({"data": "{}", "content_type": "text/plain"}, 415),
            ({"data": "a=1", "content_type": "application/x-www-form-urlencoded"}, 415),
            ({"data": "{", "content_type": "application/json"}, 400),
            ({"data": '{"reportMetadata": []}', "content_type": "application/json"}, 400),
            ({}, 200),
        ],
    )
    def test_the_body_must_be_json_of_that_type(self, analyst, options, status):
        assert analyst("POST", analyst.path("Contacts by name"), **options).status_code == status

    @pytest.mark.parametrize("report_id", ["00OHu0000009999", "003Dn00000000G8", "nonsense"])
    @pytest.mark.parametrize("tail", ["", "/describe", "/instances"])
    def test_an_unknown_report(self, analyst, report_id, tail):
        assert analyst.error("GET", f"/analytics/reports/{report_id}{tail}") == (404, "NOT_FOUND")

    def test_a_deleted_report_is_an_unknown_one(self, analyst, org):
        report = {"reportType": "ContactList", "reportFormat": "TABULAR", "detailColumns": ["EMAIL"]}
        (report_id,) = load_reports(org, {"Soon gone": report})
        assert analyst("GET", f"/analytics/reports/{report_id[:15]}").status_code == 200
        analyst.admin("delete", {"ids": [report_id]})
        assert analyst.error("GET", f"/analytics/reports/{report_id}") == (404, "NOT_FOUND")
        assert analyst.records("SELECT Id FROM Report WHERE Name = 'Soon gone'") == []


_PERMISSION_SET = """<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">
<userPermissions><enabled>true</enabled><name>{name}</name></userPermissions></PermissionSet>"""


@contextmanager
def bare_app(folder: Path, permission: str) -> Generator[Analyst]:
    """An org whose integration user was granted one user permission and no object."""
    sets = folder / "shipped" / "permissionsets"
    sets.mkdir(parents=True)
    (sets / "One.permissionset-meta.xml").write_text(_PERMISSION_SET.format(name=permission))
    org = Org(folder / "org", folder / "shipped")
    load_reports(
        org, {"Everybody": {"reportType": "ContactList", "reportFormat": "TABULAR", "detailColumns": ["EMAIL"]}}
    )
    app = create_app(org, AppOptions(instance_url=BASE))
    try:
        yield Analyst(app, org.integration_user_id)
    finally:
        close_app(app)


class TestRights:
    def test_a_hidden_field_leaves_the_columns_and_the_type(self, analyst, org):
        org.hide_field("Contact", "MobilePhone")
        try:
            described = analyst.describe("Contacts with e-mail")
            columns = [name for item in described["reportTypeMetadata"]["categories"] for name in item["columns"]]
            assert described["reportMetadata"]["detailColumns"] == ["CONTACT_ID", "FIRST_NAME", "LAST_NAME", "EMAIL"]
            assert "PHONE3" not in columns
            assert {len(row) for row in rows_of(analyst.run("Contacts with e-mail"))} == {4}
        finally:
            org.hide_field("Contact", "MobilePhone", hidden=False)

    def test_a_report_grouped_by_a_hidden_field_cannot_be_run(self, analyst, org):
        org.hide_field("Lead", "LeadSource")
        try:
            assert analyst.error("GET", analyst.path("Leads by source")) == (400, "BAD_REQUEST")
        finally:
            org.hide_field("Lead", "LeadSource", hidden=False)

    def test_without_run_reports_there_are_no_reports(self, tmp_path: Path):
        with bare_app(tmp_path, "ApiEnabled") as nobody:
            assert nobody.error("GET", "/analytics/reports") == (403, "FORBIDDEN")
            assert nobody.query("SELECT Id FROM Report")[0]["errorCode"] == "INVALID_TYPE"

    def test_a_report_over_an_object_the_user_may_not_read_is_forbidden(self, tmp_path: Path):
        with bare_app(tmp_path, "RunReports") as reader:
            for tail in ("", "/describe"):
                assert reader.error("GET", f"{reader.path('Everybody')}{tail}") == (403, "FORBIDDEN")

    def test_my_records_are_the_user_s_own(self, analyst, ada):
        changes = {"scope": "user"}
        assert rows_of(analyst.run("Contacts by name", changes)) == []
        assert rows_of(ada.run("Contacts by name", changes)) == rows_of(ada.run("Contacts by name"))


class TestLists:
    def test_recent_reports_are_those_the_user_saw(self, analyst, org):
        bruno = Analyst(analyst.client.application, org.user_id("bruno@salesforce.example"))
        assert bruno("GET", "/analytics/reports").json == []
        bruno.run("Campaigns")
        (found,) = bruno("GET", "/analytics/reports").json
        assert found["name"] == "Campaigns"
        assert bruno("GET", found["describeUrl"]).status_code == 200

    def test_a_query_finds_every_report_with_format_and_last_run(self, analyst):
        analyst.run("Campaigns")
        found = analyst.records("SELECT Name, DeveloperName, FolderName, Format, LastRunDate FROM Report")
        assert {item["Format"] for item in found} == {"Tabular", "Summary", "Matrix", "MultiBlock"}
        assert next(item for item in found if item["Name"] == "Campaigns")["LastRunDate"]

    def test_a_renamed_report_keeps_its_id(self, analyst):
        report_id = analyst.report_id("Campaigns")
        analyst.admin("rename", {"id": report_id, "name": "Campaigns of the year"})
        described = analyst.describe("Campaigns of the year")["reportMetadata"]
        assert (described["id"], described["name"]) == (report_id, "Campaigns of the year")
        analyst.admin("rename", {"id": report_id, "name": "Campaigns"})

    def test_describe_tells_every_column_of_the_type_and_what_filters_take(self, analyst):
        described = analyst.describe("Contacts by name")
        kind = described["reportTypeMetadata"]
        columns = {name: info for item in kind["categories"] for name, info in item["columns"].items()}
        assert columns["CONTACT_ID"]["dataType"] == "id"
        assert (columns["FULL_NAME"]["isLookup"], columns["EMAIL"]["isLookup"]) == (True, False)
        for info in columns.values():
            assert kind["dataTypeFilterOperatorMap"][info["dataType"]]
        assert described["reportMetadata"]["reportType"] == {"label": "Contacts & Accounts", "type": "ContactList"}


class TestInBackground:
    def order(self, analyst: Analyst, name: str, **options: Any) -> str:
        reply = analyst("POST", f"{analyst.path(name)}/instances?includeDetails=true", **options)
        assert reply.json["status"] == "New"
        assert (reply.json["id"][:3], reply.json["completionDate"]) == ("0LG", None)
        return f"{analyst.path(name)}/instances/{reply.json['id']}"

    def test_it_is_new_then_running_then_done(self, analyst, monkeypatch):
        now = 1_000.0
        monkeypatch.setattr("sandbox.salesforce.analytics.instances.time.time", lambda: now)
        path = self.order(analyst, "Contacts by name")
        statuses = []
        for now in (1_000.1, 1_000.9, 1_002.1):  # noqa: B007 - read by the clock above
            reply = analyst("GET", path).json
            statuses.append(reply["attributes"]["status"])
            if reply["attributes"]["status"] != "Success":
                assert (reply["factMap"], reply["allData"]) == (None, False)
        assert statuses == ["New", "Running", "Success"]
        done = analyst("GET", path).json
        assert done["attributes"]["type"] == "ReportInstance"
        now_run = analyst.run("Contacts by name")
        assert {key: done[key] for key in now_run if key != "attributes"} == {
            key: now_run[key] for key in now_run if key != "attributes"
        }

    def test_it_takes_changes_and_is_cut_as_well(self, analyst, org):
        org.set_setting("report_seconds", "0")
        body = {"reportMetadata": {"detailColumns": ["CONTACT_ID"], "reportFilters": []}}
        result = analyst("GET", self.start_quick(analyst, body)).json
        assert (result["allData"], len(rows_of(result))) == (False, 2_000)
        org.set_setting("report_seconds", "2")

    def start_quick(self, analyst: Analyst, body: dict[str, Any]) -> str:
        path = f"{analyst.path('Contacts by name')}/instances"
        return f"{path}/{analyst('POST', f'{path}?includeDetails=true', json=body).json['id']}"

    def test_a_switch_makes_it_end_in_error(self, analyst, org):
        org.set_setting("report_seconds", "0")
        analyst.admin("switches", {"kind": "report_fails"})
        path = self.start_quick(analyst, {})
        assert analyst("GET", path).json["attributes"]["status"] == "Error"
        again = self.start_quick(analyst, {})
        assert analyst("GET", again).json["attributes"]["status"] == "Success"
        org.set_setting("report_seconds", "2")

    def test_runs_are_listed_for_their_owner_and_for_a_day(self, app, analyst, ada, org):
        path = self.order(analyst, "Contacts by name")
        listing, run_id = path.rsplit("/", 1)
        assert run_id in [item["id"] for item in analyst("GET", listing).json]
        assert ada("GET", listing).json == []
        assert ada.error("GET", path) == (404, "NOT_FOUND")
        org.advance_clock(25 * 3_600)
        late = Analyst(app, org.integration_user_id)  # sessions end sooner
        assert late("GET", listing).json == []
        assert late.error("GET", path) == (404, "NOT_FOUND")


class TestAllowances:
    def used_up(self, analyst: Analyst) -> tuple[int, str]:
        return analyst.error("GET", analyst.path("Campaigns"))

    def test_runs_of_an_hour_are_counted_and_then_refused(self, analyst):
        before = analyst("GET", "/limits").json
        assert before["HourlySyncReportRuns"] == {"Max": 500, "Remaining": 500}
        assert before["HourlyAsyncReportRuns"] == {"Max": 1_200, "Remaining": 1_200}
        analyst.admin("report-limits", {"sync": 2, "async": 1})
        try:
            analyst.run("Campaigns")
            analyst.excel("Campaigns")
            assert self.used_up(analyst) == (403, "REQUEST_LIMIT_EXCEEDED")
            assert analyst("GET", f"{analyst.path('Campaigns')}/describe").status_code == 200, "describe costs nothing"
            assert analyst("GET", "/limits").json["HourlySyncReportRuns"] == {"Max": 2, "Remaining": 0}
            instances = f"{analyst.path('Campaigns')}/instances"
            assert analyst("POST", instances).status_code == 200
            assert analyst.error("POST", instances) == (403, "REQUEST_LIMIT_EXCEEDED")
        finally:
            analyst.admin("report-limits", {"sync": 500, "async": 1_200})

    def test_the_next_hour_begins_anew(self, app, analyst, org):
        analyst.admin("report-limits", {"sync": 1})
        try:
            analyst.run("Campaigns")
            assert self.used_up(analyst)[0] == 403
            org.advance_clock(3_600)
            late = Analyst(app, org.integration_user_id)
            assert late("GET", late.path("Campaigns")).status_code == 200
        finally:
            analyst.admin("report-limits", {"sync": 500, "reset": True})
