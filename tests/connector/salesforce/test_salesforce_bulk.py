"""Bulk jobs and their streamed results, and what may go wrong on the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from connector.errors import NotFound, Refused, Temporary, UnexpectedAnswer
from connector.model.bulk import BulkJob, BulkState, Failure, Success, parse_failure
from connector.salesforce.gateway import Salesforce
from tests.connector.salesforce.conftest import DATA

JOB = f"{DATA}/jobs/ingest/750A"
WRONG_STATE = [{"errorCode": "INVALIDJOBSTATE", "message": "Invalid job state."}]
GONE = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def job(state: str, **more: Any) -> dict[str, Any]:
    return {"id": "750A", "state": state, "object": "X__c", "apiVersion": 66.0, **more}


def no_wait(_seconds: float) -> None:
    """Waiting takes no time here."""


class TestLifeCycle:
    def test_an_upsert_job_names_its_key(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        wanted = {
            "object": "X__c",
            "operation": "upsert",
            "contentType": "CSV",
            "lineEnding": "LF",
            "externalIdFieldName": "Key__c",
        }
        vendor.post(f"{DATA}/jobs/ingest", json=job("Open"), match=[responses.matchers.json_params_matcher(wanted)])
        assert salesforce.create_bulk_job("X__c", "upsert", "Key__c") == "750A"

    def test_an_upload_that_is_made_again_starts_from_the_first_byte(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, tmp_path: Path
    ) -> None:
        bodies: list[bytes] = []

        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            assert isinstance(request.body, bytes)
            bodies.append(request.body)
            if len(bodies) == 1:
                raise requests.ConnectionError
            return 201, {}, ""

        path = tmp_path / "rows.csv"
        path.write_bytes(b"Key__c\nk1\n" * 1000)
        vendor.add_callback("PUT", f"{JOB}/batches", callback=answer)
        salesforce.upload("750A", path)
        assert bodies == [path.read_bytes()] * 2

    def test_a_file_that_salesforce_holds_already_is_uploaded(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, tmp_path: Path
    ) -> None:
        path = tmp_path / "rows.csv"
        path.write_text("Key__c\nk1\n")
        said = [{"errorCode": "CLIENTINPUTERROR", "message": "Found multiple contents for job: <750A>, please 'Close'"}]
        vendor.put(f"{JOB}/batches", status=400, json=said)
        salesforce.upload("750A", path)
        vendor.replace("PUT", f"{JOB}/batches", status=400, json=WRONG_STATE)
        with pytest.raises(Refused):
            salesforce.upload("750A", path)

    @pytest.mark.parametrize("state", ["UploadComplete", "InProgress", "JobComplete"])
    def test_completing_twice_is_fine(self, vendor: responses.RequestsMock, salesforce: Salesforce, state: str) -> None:
        vendor.patch(JOB, status=400, json=WRONG_STATE)
        vendor.get(JOB, json=job(state))
        salesforce.complete("750A")

    def test_completing_what_was_aborted_is_refused(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        vendor.patch(JOB, status=400, json=WRONG_STATE)
        vendor.get(JOB, json=job("Aborted"))
        with pytest.raises(Refused):
            salesforce.complete("750A")

    def test_aborting_what_has_ended_or_is_gone_is_fine(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        vendor.patch(JOB, status=400, json=WRONG_STATE)
        vendor.get(JOB, json=job("JobComplete"))
        salesforce.abort("750A")
        vendor.replace("PATCH", JOB, status=404, json=GONE)
        salesforce.abort("750A")

    def test_an_abort_that_did_not_work_is_said(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.patch(JOB, status=400, json=WRONG_STATE)
        vendor.get(JOB, json=job("InProgress"))
        with pytest.raises(Refused):
            salesforce.abort("750A")

    def test_a_job_tells_how_far_it_is(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.get(
            JOB, json=job("Failed", numberRecordsProcessed=9, numberRecordsFailed=2, errorMessage="InvalidBatch")
        )
        assert salesforce.bulk_job("750A") == BulkJob("750A", BulkState.FAILED, 9, 2, "InvalidBatch", "X__c")
        vendor.replace("GET", JOB, status=404, json=GONE)
        with pytest.raises(NotFound):
            salesforce.bulk_job("750A")

    def test_a_state_that_nobody_knows_is_not_guessed(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        vendor.get(JOB, json=job("Sleeping"))
        with pytest.raises(UnexpectedAnswer):
            salesforce.bulk_job("750A")

    def test_open_jobs_are_listed_over_all_pages(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        more = "/services/data/v66.0/jobs/ingest?jobType=V2Ingest&queryLocator=b"
        vendor.get(
            f"{DATA}/jobs/ingest",
            match=[responses.matchers.query_param_matcher({"jobType": "V2Ingest"})],
            json={"done": False, "records": [job("Open"), job("JobComplete", id="750B")], "nextRecordsUrl": more},
        )
        vendor.get(
            f"{DATA}/jobs/ingest",
            match=[responses.matchers.query_param_matcher({"jobType": "V2Ingest", "queryLocator": "b"})],
            json={"done": True, "records": [job("InProgress", id="750C")], "nextRecordsUrl": None},
        )
        assert [one.id for one in salesforce.open_jobs()] == ["750A", "750C"]


class TestResults:
    def test_columns_are_found_by_name_and_line_ends_inside_values_are_kept(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        body = '"sf__Id","sf__Created",Name,Key__c\n"a01","true","two\nlines, \u2028 日本",k1\n"a02","false",,k2\n'
        vendor.get(f"{JOB}/successfulResults", body=body.encode(), content_type="text/csv")
        found = list(salesforce.successes("750A", "Key__c"))
        assert found == [Success("k1", "a01", created=True), Success("k2", "a02", created=False)]

    def test_failures_carry_code_and_words(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        body = '"sf__Id","sf__Error",Key__c\n,"DUPLICATE_VALUE:duplicate value found: unknown:Key__c --",k1\n'
        vendor.get(f"{JOB}/failedResults", body=body, content_type="text/csv")
        assert list(salesforce.failures("750A", "Key__c")) == [
            Failure("k1", "DUPLICATE_VALUE", "duplicate value found: unknown")
        ]

    def test_unprocessed_rows_are_their_keys(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.get(f"{JOB}/unprocessedrecords", body="Name,Key__c\nn,k7\n", content_type="text/csv")
        assert list(salesforce.unprocessed("750A", "Key__c")) == ["k7"]

    def test_nothing_at_all_is_no_rows(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.get(f"{JOB}/failedResults", body="", content_type="text/csv")
        assert list(salesforce.failures("750A", "Key__c")) == []

    def test_a_row_that_breaks_off_is_temporary(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.get(f"{JOB}/successfulResults", body='"sf__Id","sf__Created",Key__c\n"a01","true",k1\n"a02","tr')
        with pytest.raises(Temporary):
            list(salesforce.successes("750A", "Key__c"))

    def test_a_missing_column_is_not_guessed(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.get(f"{JOB}/successfulResults", body="sf__Id,Key__c\na01,k1\n")
        with pytest.raises(UnexpectedAnswer):
            list(salesforce.successes("750A", "Key__c"))


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ("INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--", "INVALID_CROSS_REFERENCE_KEY", None),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: 003A:--", None, None),
        ("REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --", "REQUIRED_FIELD_MISSING", None),
        ("Upsert failed. First error: FIELD_INTEGRITY_EXCEPTION, no such thing", "FIELD_INTEGRITY_EXCEPTION", None),
        ("InvalidBatch : Field name not found : Foo__c", "InvalidBatch", "Field name not found : Foo__c"),
        ("Something else went wrong", "UNKNOWN", "Something else went wrong"),
        ("", "UNKNOWN", ""),
    ],
)
def test_an_error_is_read_in_any_shape(error: str, code: str | None, message: str | None) -> None:
    failure = parse_failure("k", error)
    assert failure.code == (code or "UNABLE_TO_LOCK_ROW")
    assert "--" not in failure.message
    if message is not None:
        assert failure.message == message


class TestQuery:
    @pytest.fixture
    def ready(self, vendor: responses.RequestsMock) -> Callable[..., None]:
        def prepare(*pages: tuple[str, dict[str, str]], state: str = "JobComplete", **more: Any) -> None:
            vendor.post(f"{DATA}/jobs/query", json=job("UploadComplete"))
            vendor.get(f"{DATA}/jobs/query/750A", json=job("InProgress"))
            vendor.get(f"{DATA}/jobs/query/750A", json=job(state, **more))
            for body, headers in pages:
                vendor.get(f"{DATA}/jobs/query/750A/results", body=body, headers=headers, content_type="text/csv")

        return prepare

    def test_pages_are_joined_by_their_locators(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, ready: Callable[..., None]
    ) -> None:
        ready(
            ('"Id","Email"\n"1","a@example.org"\n', {"Sforce-NumberOfRecords": "1", "Sforce-Locator": "Mg"}),
            ('"Id","Email"\n"2",""\n', {"Sforce-NumberOfRecords": "1", "Sforce-Locator": "null"}),
        )
        waits: list[float] = []
        rows = list(salesforce.bulk_query("SELECT Id, Email FROM Contact", wait=waits.append))
        assert rows == [["1", "a@example.org"], ["2", ""]]
        assert waits == [0.1]
        assert "locator=Mg" in str(vendor.calls[-1].request.url)

    def test_columns_in_another_order_are_put_right(self, salesforce: Salesforce, ready: Callable[..., None]) -> None:
        ready(('"Account.Name","Id"\n"A","1"\n', {"Sforce-Locator": "null"}))
        assert list(salesforce.bulk_query("SELECT id, Account.Name FROM Contact", wait=no_wait)) == [["1", "A"]]

    def test_rows_that_are_missing_are_noticed(self, salesforce: Salesforce, ready: Callable[..., None]) -> None:
        ready(('"Id"\n"1"\n', {"Sforce-NumberOfRecords": "2", "Sforce-Locator": "null"}))
        with pytest.raises(Temporary):
            list(salesforce.bulk_query("SELECT Id FROM Contact", wait=no_wait))

    def test_a_query_that_fails_is_refused_by_its_code(
        self, salesforce: Salesforce, ready: Callable[..., None]
    ) -> None:
        ready(state="Failed", errorMessage="InvalidBatch : No such column 'Foo'")
        with pytest.raises(Refused) as caught:
            list(salesforce.bulk_query("SELECT Foo FROM Contact", wait=no_wait))
        assert caught.value.code == "InvalidBatch"

    def test_who_stops_waiting_stops_the_job(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, ready: Callable[..., None]
    ) -> None:
        ready()
        aborted = vendor.patch(f"{DATA}/jobs/query/750A", json=job("Aborted"))

        def stop(_seconds: float) -> None:
            raise InterruptedError

        with pytest.raises(InterruptedError):
            list(salesforce.bulk_query("SELECT Id FROM Contact", wait=stop))
        assert aborted.call_count == 1
