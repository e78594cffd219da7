"""Reports as Salesforce may answer on days that the stand-in does not have."""

import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import responses

from connector.errors import LimitReached, NotFound, Refused, Temporary, UnexpectedAnswer
from connector.model.audience import PersonRef
from connector.salesforce.gateway import Salesforce
from connector.salesforce.report_runs import EXCEL
from connector.settings import Settings
from tests.connector.salesforce.conftest import DATA

REPORT_ID = "00OHu0000000001MAA"
ADDRESS = f"{DATA}/analytics/reports/{REPORT_ID}"
QUEUE = f"{ADDRESS}/instances"
USED_UP = {"errorCode": "FORBIDDEN", "message": "You can't run more than 500 reports synchronously every 60 minutes."}
COLUMNS = {
    "CONTACT_ID": {"label": "Contact ID", "dataType": "id"},
    "EMAIL": {"label": "Email", "dataType": "email"},
}


def person(number: int) -> str:
    return f"003Dn000000{number:04}"


def metadata(**more: Any) -> dict[str, Any]:
    return {"reportFormat": "TABULAR", "detailColumns": ["CONTACT_ID", "EMAIL"], "aggregates": ["RowCount"], **more}


def run(numbers: Sequence[int], total: int | None = None, *, complete: bool = True, **more: Any) -> dict[str, Any]:
    """An answer with these people."""
    cells = [[person(number), f"p{number:04}@example.org"] for number in numbers]
    rows = [{"dataCells": [{"label": text, "value": text} for text in row]} for row in cells]
    return {
        "allData": complete,
        "reportMetadata": metadata(**more),
        "reportExtendedMetadata": {"detailColumnInfo": COLUMNS},
        "factMap": {"T!T": {"rows": rows, "aggregates": [{"value": len(numbers) if total is None else total}]}},
    }


def excel(numbers: Sequence[int | None]) -> bytes:
    """The file with these people; None is one whose id is not shown."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Report")
    sheet.append(["Contact ID", "Email"])
    for number in numbers:
        sheet.append([None, "x@example.org"] if number is None else [person(number), f"p{number:04}@example.org"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def lookups(*rows: Sequence[str], known: Sequence[str] = ()) -> dict[str, Any]:
    """An answer whose rows name people by two lookups, with more columns behind them."""
    names = ["Friend__c", "Boss__c", *known]
    cells = [[{"label": text and "Somebody", "value": text} for text in row] for row in rows]
    return {
        "allData": True,
        "reportMetadata": metadata(detailColumns=names),
        "reportExtendedMetadata": {"detailColumnInfo": {name: {"label": name} for name in names}},
        "factMap": {"T!T": {"rows": [{"dataCells": row} for row in cells], "aggregates": [{"value": len(rows)}]}},
    }


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return dataclasses.replace(settings, work_dir=str(tmp_path))


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def read(salesforce: Salesforce, waits: list[float]) -> Any:
    def people() -> tuple[str, list[PersonRef]]:
        found = salesforce.report_people(REPORT_ID, waits.append)
        return found.way, list(found.rows)

    return people


@pytest.fixture
def described(vendor: responses.RequestsMock) -> responses.RequestsMock:
    vendor.get(f"{ADDRESS}/describe", json={"reportMetadata": metadata()})
    return vendor


def body(call: Any) -> dict[str, Any]:
    return json.loads(call.request.body)["reportMetadata"]


def test_rows_that_the_report_hides_are_asked_for(vendor: responses.RequestsMock, read: Any) -> None:
    vendor.get(f"{ADDRESS}/describe", json={"reportMetadata": metadata(hasDetailRows=False)})
    vendor.post(ADDRESS, json=run([1]))
    _, rows = read()
    assert [row.id[:15] for row in rows] == [person(1)]
    assert body(vendor.calls[1]) == {"hasDetailRows": True}


def test_a_report_of_sums_alone_is_refused(described: responses.RequestsMock, read: Any) -> None:
    described.get(ADDRESS, json=run([], 12))
    with pytest.raises(Refused, match="shows sums only"):
        read()


@pytest.mark.parametrize(("status", "code"), [(403, "FORBIDDEN"), (404, "NOT_FOUND")])
def test_a_report_that_may_not_be_seen_is_not_found(
    vendor: responses.RequestsMock, read: Any, status: int, code: str
) -> None:
    vendor.get(f"{ADDRESS}/describe", status=status, json=[{"errorCode": code, "message": "no"}])
    with pytest.raises(NotFound, match="deleted in Salesforce, or hidden"):
        read()


def test_fewer_rows_than_salesforce_counts_are_an_error(described: responses.RequestsMock, read: Any) -> None:
    described.get(ADDRESS, json=run([1, 2], 3))
    with pytest.raises(UnexpectedAnswer, match="counts 3 rows in this report and gave 2"):
        read()


def test_the_first_rows_that_an_author_wants_are_all_there_are(described: responses.RequestsMock, read: Any) -> None:
    more = {"topRows": {"rowLimit": 2, "direction": "Desc"}}
    described.get(ADDRESS, json={**run([1, 2], **more), "hasExceededTabularRowLimit": True})
    assert len(read()[1]) == 2


def test_a_row_limit_is_never_parted(vendor: responses.RequestsMock, read: Any) -> None:
    more = {"topRows": {"rowLimit": 5_000}}
    vendor.get(f"{ADDRESS}/describe", json={"reportMetadata": metadata(**more)})
    vendor.get(ADDRESS, json=run([1, 2], 5, complete=False, **more))
    vendor.get(ADDRESS, status=403, json=[{"errorCode": "FORBIDDEN", "message": "no"}])
    with pytest.raises(Refused, match="first rows only"):
        read()


class TestLookups:
    """Two people in a row: the report type may know whose row it is."""

    @pytest.fixture
    def described(self, vendor: responses.RequestsMock) -> responses.RequestsMock:
        known = {"columns": {"CONTACT_ID": {"label": "Contact ID", "dataType": "id"}}}
        saved = metadata(detailColumns=["Friend__c", "Boss__c"])
        vendor.get(f"{ADDRESS}/describe", json={"reportMetadata": saved, "reportTypeMetadata": {"categories": [known]}})
        vendor.get(ADDRESS, json=lookups([person(1), person(2)]))
        return vendor

    def test_the_id_of_the_report_type_decides(self, described: responses.RequestsMock, read: Any) -> None:
        described.post(ADDRESS, json=lookups([person(1), person(2), person(3)], known=["CONTACT_ID"]))
        assert [row.id[:15] for row in read()[1]] == [person(3)]
        assert body(described.calls[2]) == {"detailColumns": ["Friend__c", "Boss__c", "CONTACT_ID"]}

    def test_nobody_is_guessed_when_it_cannot_be_had(self, described: responses.RequestsMock, read: Any) -> None:
        described.post(ADDRESS, status=400, json=[{"errorCode": "BAD_REQUEST", "message": "no such column"}])
        with pytest.raises(Refused, match="names two people, under “Friend__c” and under “Boss__c”"):
            read()

    def test_a_used_up_allowance_is_no_answer(self, described: responses.RequestsMock, read: Any) -> None:
        gone = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "gone"}]
        described.post(ADDRESS, status=403, json=gone)
        described.post(QUEUE, status=403, json=gone)
        with pytest.raises(LimitReached):
            read()


class TestExcel:
    def test_it_is_taken_when_it_has_every_row(self, described: responses.RequestsMock, read: Any) -> None:
        described.get(ADDRESS, json=run([1, 2], 4, complete=False))
        described.get(ADDRESS, body=excel([1, 2, 3, 4]), content_type=EXCEL)
        way, rows = read()
        assert way == "Salesforce's formatted Excel file"
        assert [row.email for row in rows] == [f"p{number:04}@example.org" for number in (1, 2, 3, 4)]
        assert described.calls[2].request.headers["Accept"] == EXCEL

    @pytest.mark.parametrize(
        "instead",
        [
            {"body": excel([1, 2, 3]), "content_type": EXCEL},
            {"body": b"PK, or not", "content_type": EXCEL},
            {"json": run([1, 2], 4, complete=False)},
            {"status": 403, "json": [{"errorCode": "FORBIDDEN", "message": "no export"}]},
            {"status": 406, "json": [{"errorCode": "NOT_ACCEPTABLE", "message": "no"}]},
        ],
        ids=["a row short", "no workbook", "no Excel", "forbidden", "unknown"],
    )
    def test_the_rows_come_in_parts_when_it_does_not_serve(
        self, described: responses.RequestsMock, read: Any, instead: dict[str, Any]
    ) -> None:
        described.get(ADDRESS, json=run([1, 2], 4, complete=False))
        described.get(ADDRESS, **instead)
        for numbers in ([1], [], [2, 3, 4]):
            described.post(ADDRESS, json=run(numbers))
        way, rows = read()
        assert way == "4 runs, each over a part of the rows"
        assert sorted(row.id[:15] for row in rows) == [person(number) for number in (1, 2, 3, 4)]
        assert [item["operator"] for item in body(described.calls[3])["reportFilters"]] == ["notEqual", "lessThan"]

    def test_a_row_without_an_id_may_hide_one_behind_a_name(self, described: responses.RequestsMock, read: Any) -> None:
        described.get(ADDRESS, json=run([1, 2], 3, complete=False))
        described.get(ADDRESS, body=excel([1, 2, None]), content_type=EXCEL)
        for numbers in ([1], [], [2, 3]):
            described.post(ADDRESS, json=run(numbers))
        assert read()[0] == "4 runs, each over a part of the rows"

    def test_parts_that_lack_a_row_are_an_error(self, described: responses.RequestsMock, read: Any) -> None:
        described.get(ADDRESS, json=run([1, 2], 4, complete=False))
        described.get(ADDRESS, status=403, json=[{"errorCode": "FORBIDDEN", "message": "no"}])
        for numbers in ([1], [], [2, 3]):
            described.post(ADDRESS, json=run(numbers))
        with pytest.raises(UnexpectedAnswer, match="counts 4 rows in this report and gave 3"):
            read()


class TestCount:
    """A report that was saved without a count of its rows."""

    @pytest.fixture
    def uncounted(self, vendor: responses.RequestsMock) -> responses.RequestsMock:
        vendor.get(f"{ADDRESS}/describe", json={"reportMetadata": metadata(aggregates=["s!AMOUNT"])})
        return vendor

    def test_it_is_asked_for_and_the_rows_are_held_to_it(self, uncounted: responses.RequestsMock, read: Any) -> None:
        aggregates = ["s!AMOUNT", "RowCount"]
        counted = run([1, 2], complete=False, aggregates=aggregates)
        counted["factMap"]["T!T"]["aggregates"] = [{"value": 99.5}, {"value": 3}]
        uncounted.post(ADDRESS, json=counted)
        uncounted.get(ADDRESS, body=excel([1, 2, 3]), content_type=EXCEL)
        way, rows = read()
        assert (way, len(rows)) == ("Salesforce's formatted Excel file", 3)
        assert body(uncounted.calls[1]) == {"aggregates": aggregates}

    def test_rows_that_are_all_there_need_none(self, uncounted: responses.RequestsMock, read: Any) -> None:
        uncounted.post(ADDRESS, status=400, json=[{"errorCode": "BAD_REQUEST", "message": "no"}])
        uncounted.get(ADDRESS, json=run([1, 2], aggregates=[]))
        assert len(read()[1]) == 2

    def test_parts_that_nothing_holds_them_to_are_not_read(self, uncounted: responses.RequestsMock, read: Any) -> None:
        uncounted.post(ADDRESS, json=run([1, 2], complete=False, aggregates=[]))
        with pytest.raises(Refused, match="does not count its rows") as refusal:
            read()
        assert "Switch on Row Counts" in refusal.value.advice


class TestQueue:
    def test_it_is_used_whatever_the_refusal_is_called(
        self, described: responses.RequestsMock, read: Any, waits: list[float]
    ) -> None:
        described.get(ADDRESS, status=403, json=[USED_UP])
        described.post(QUEUE, body=ConnectionError("cut"))
        described.post(QUEUE, json={"id": "0LG1", "status": "New"})
        for status in ("New", "Running"):
            described.get(f"{QUEUE}/0LG1", json={"attributes": {"status": status}})
        described.get(f"{QUEUE}/0LG1", json={**run([1]), "attributes": {"status": "Success"}})
        way, rows = read()
        assert (way, len(rows)) == ("one run of the report", 1)
        assert waits == [0, 0.1, 0.2]
        assert body(described.calls[3]) == {"hasDetailRows": True}

    def test_when_it_is_used_up_too_the_allowance_is_what_is_missing(
        self, described: responses.RequestsMock, read: Any
    ) -> None:
        gone = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "Too many reports."}]
        described.get(ADDRESS, status=403, json=gone)
        described.post(QUEUE, status=403, json=gone)
        with pytest.raises(LimitReached):
            read()

    def test_twenty_at_once_are_a_passing_trouble(self, described: responses.RequestsMock, read: Any) -> None:
        busy = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "Concurrent report runs exceeded."}]
        described.get(ADDRESS, status=403, json=busy)
        described.get(ADDRESS, json=run([1]))
        assert len(read()[1]) == 1


def test_an_answer_that_is_no_json_is_asked_for_again_by_the_job(described: responses.RequestsMock, read: Any) -> None:
    described.get(ADDRESS, body="<html>", content_type="text/html")
    with pytest.raises(Temporary):
        read()


def test_nothing_is_left_behind(
    described: responses.RequestsMock, salesforce: Salesforce, tmp_path: Path, waits: list[float]
) -> None:
    described.get(ADDRESS, json=run(range(1_500)))
    found = salesforce.report_people(REPORT_ID, waits.append)
    assert found.total == len(list(found.rows)) == 1_500
    assert list(found.rows) == []
    assert list(tmp_path.iterdir()) == []
