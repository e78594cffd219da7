"""The life of an ingest job, from Open to its end, as the vendor's documents tell it."""

import gzip
import time

import pytest
import requests

from sandbox.salesforce.bulk.files import MOST_UPLOADED
from sandbox.salesforce.org import Org
from tests.sandbox.salesforce_bulk.bulk_caller import ACTIVITY, KEY, Caller, Running, to_csv

ROWS = [[KEY, "Activity__c"], ["a", "Opened"], ["b", "Clicked"]]


class TestCreating:
    def test_a_new_job_has_a_numeric_version_and_a_content_address_without_a_slash(self, caller):
        job = caller.create()
        assert job["state"] == "Open"
        assert job["apiVersion"] == 66.0
        assert job["contentUrl"] == f"services/data/v66.0/jobs/ingest/{job['id']}/batches"
        assert (job["jobType"], job["concurrencyMode"], job["lineEnding"]) == ("V2Ingest", "Parallel", "LF")
        assert (len(job["id"]), job["id"][:3]) == (18, "750")

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"operation": "upsert", "object": ACTIVITY}, "INVALIDJOB"),
            ({"operation": "insert", "object": ACTIVITY, "externalIdFieldName": KEY}, "INVALIDJOB"),
            ({"operation": "merge", "object": ACTIVITY}, "INVALIDJOB"),
            ({"operation": "insert", "object": "Unheard_Of__c"}, "INVALIDENTITY"),
            ({"operation": "insert", "object": ACTIVITY, "contentType": "JSON"}, "INVALIDJOB"),
            ({"operation": "hardDelete", "object": ACTIVITY}, "FEATURENOTENABLED"),
        ],
    )
    def test_what_makes_no_job_is_refused_with_an_array(self, caller, given, code):
        reply = caller.call("POST", "/jobs/ingest", json=given)
        assert reply.status_code == 400
        assert [error["errorCode"] for error in reply.json()] == [code]

    def test_a_small_job_can_come_in_one_multipart_request(self, caller):
        described = f'{{"object":"{ACTIVITY}","operation":"upsert","externalIdFieldName":"{KEY}","contentType":"CSV"}}'
        parts = {"job": (None, described, "application/json"), "content": ("content", to_csv(ROWS), "text/csv")}
        job = caller.call("POST", "/jobs/ingest", files=parts).json()
        assert job["state"] == "UploadComplete"
        assert caller.wait(job)["numberRecordsProcessed"] == 2


class TestUploading:
    def test_an_upload_is_answered_201_without_a_body(self, caller):
        reply = caller.put(caller.create(), to_csv(ROWS))
        assert (reply.status_code, reply.content) == (201, b"")

    def test_a_job_takes_one_upload(self, caller):
        job = caller.create()
        caller.put(job, to_csv(ROWS))
        again = caller.put(job, to_csv(ROWS))
        assert again.status_code == 400
        assert "Found multiple contents for job" in again.json()[0]["message"]

    def test_an_upload_may_come_in_chunks(self, caller):
        job = caller.create()
        pieces = (bytes([byte]) for byte in to_csv(ROWS))
        assert caller.put(job, pieces).status_code == 201
        caller.close(job)
        assert caller.wait(job)["numberRecordsProcessed"] == 2

    def test_an_upload_may_be_gzipped(self, caller):
        job = caller.create()
        assert caller.put(job, gzip.compress(to_csv(ROWS)), **{"Content-Encoding": "gzip"}).status_code == 201
        caller.close(job)
        assert caller.wait(job)["numberRecordsProcessed"] == 2

    def test_too_large_an_upload_is_refused_and_may_be_tried_again(self, caller):
        job = caller.create()
        bomb = gzip.compress(b"x" * (MOST_UPLOADED + 1), compresslevel=1)
        assert caller.put(job, bomb, **{"Content-Encoding": "gzip"}).status_code == 413
        assert caller.put(job, to_csv(ROWS)).status_code == 201

    def test_an_upload_whose_connection_is_cut_leaves_the_job_open_for_another(self, caller, running):
        job = caller.create()
        switch = {"kind": "cut_request", "method": "PUT", "after_bytes": 70_000}
        requests.post(f"{running.url}/_sandbox/switches", json=switch, timeout=10)
        with pytest.raises(requests.ConnectionError):
            caller.put(job, to_csv(ROWS) * 10_000)
        assert caller.status(job)["state"] == "Open"
        assert caller.put(job, to_csv(ROWS)).status_code == 201
        caller.close(job)
        assert caller.wait(job)["numberRecordsProcessed"] == 2

    def test_a_closed_job_takes_no_upload(self, caller):
        job = caller.create()
        caller.put(job, to_csv(ROWS))
        caller.close(job)
        assert caller.put(job, to_csv(ROWS)).json()[0]["errorCode"] == "INVALIDJOBSTATE"


class TestWorking:
    def test_a_job_waits_is_worked_on_and_completes_on_the_orgs_clock(self, caller, org):
        org.set_setting("bulk_seconds", "3600")
        job = caller.create()
        caller.put(job, to_csv(ROWS))
        assert caller.close(job).json()["state"] == "UploadComplete"
        status = caller.wait(job, "ingest", "InProgress")
        assert (status["numberRecordsProcessed"], status["retries"]) == (0, 0)
        org.advance_clock(3600)
        assert caller.wait(job)["state"] == "JobComplete"

    def test_processed_counts_failed_rows_too(self, caller):
        status = caller.run([[KEY, "Activity__c"], ["a", "Opened"], ["", "Opened"]])
        assert status["state"] == "JobComplete"
        assert (status["numberRecordsProcessed"], status["numberRecordsFailed"]) == (2, 1)

    def test_a_job_without_rows_completes(self, caller):
        assert caller.run([[KEY]])["numberRecordsProcessed"] == 0

    def test_a_job_closed_without_an_upload_fails(self, caller):
        job = caller.create()
        caller.close(job)
        status = caller.wait(job)
        assert (status["state"], status["errorMessage"]) == ("Failed", "InvalidBatch : Records not found")

    def test_a_job_left_open_for_a_day_fails(self, caller, org):
        job = caller.create()
        org.advance_clock(24 * 3600 + 60)
        caller.token = caller_token(org, caller)
        assert caller.status(job)["state"] == "Failed"

    def test_a_restart_in_the_middle_does_nothing_twice(self, org):
        org.set_setting("bulk_seconds", "60")
        first = Running(org)
        caller = Caller(first.url, first.token())
        job = caller.create()
        caller.put(job, to_csv([[KEY], *([f"k{number:06d}"] for number in range(20_005))]))
        caller.close(job)
        caller.wait(job, "ingest", "InProgress")
        org.advance_clock(60)
        until = time.monotonic() + 30
        while caller.status(job)["numberRecordsProcessed"] < 10_000 and time.monotonic() < until:
            time.sleep(0.01)
        first.stop()
        second = Running(org)
        org.set_setting("bulk_seconds", "0")
        org.advance_clock(60)
        caller = Caller(second.url, second.token())
        status = caller.wait(job)
        assert (status["numberRecordsProcessed"], status["numberRecordsFailed"]) == (20_005, 0)
        assert len(caller.results(job)) == 20_005
        assert org.count(ACTIVITY) == 20_005
        second.stop()


class TestEnding:
    def test_an_aborted_job_keeps_what_is_done_and_names_the_rest(self, caller, org):
        org.set_setting("bulk_seconds", "60")
        job = caller.create()
        caller.put(job, to_csv([[KEY], *([f"k{number:06d}"] for number in range(12_000))]))
        caller.close(job)
        caller.wait(job, "ingest", "InProgress")
        org.advance_clock(60)
        until = time.monotonic() + 30
        while not caller.status(job)["numberRecordsProcessed"] and time.monotonic() < until:
            time.sleep(0.01)
        aborted = caller.call("PATCH", f"/jobs/ingest/{job['id']}", json={"state": "Aborted"})
        assert aborted.json()["state"] == "Aborted"
        assert org.count(ACTIVITY) == len(caller.results(job)) == 10_000
        left = caller.results(job, "unprocessedrecords")
        assert sorted(row[KEY] for row in left) == [f"k{number:06d}" for number in range(10_000, 12_000)]

    def test_a_job_that_has_ended_can_be_neither_aborted_nor_closed(self, caller):
        job = caller.run(ROWS)
        for state in ("Aborted", "UploadComplete"):
            reply = caller.call("PATCH", f"/jobs/ingest/{job['id']}", json={"state": state})
            assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")

    def test_a_finished_job_is_deleted_with_204_and_is_gone(self, caller):
        job = caller.run(ROWS)
        reply = caller.call("DELETE", f"/jobs/ingest/{job['id']}")
        assert (reply.status_code, reply.content) == (204, b"")
        assert caller.call("GET", f"/jobs/ingest/{job['id']}").status_code == 404

    def test_an_open_job_is_not_deleted(self, caller):
        job = caller.create()
        assert caller.call("DELETE", f"/jobs/ingest/{job['id']}").status_code == 400

    def test_a_bad_day_fails_a_job_half_way_and_keeps_the_finished_half(self, caller, running, org):
        requests.post(f"{running.url}/_sandbox/switches", json={"kind": "bulk_fails_half_way"}, timeout=10)
        status = caller.run([[KEY], *([f"k{number}"] for number in range(10))])
        assert (status["state"], status["numberRecordsProcessed"]) == ("Failed", 5)
        assert "errorMessage" in status
        assert org.count(ACTIVITY) == 5
        assert len(caller.results(status, "unprocessedRecords")) == 5
        assert caller.run([[KEY], ["k1"]])["state"] == "JobComplete"


class TestListing:
    def test_jobs_are_listed_newest_first_and_page_by_page(self, caller, org):
        org.set_setting("bulk_jobs_per_page", "2")
        made = [caller.create()["id"] for _ in range(3)]
        page = caller.call("GET", "/jobs/ingest?jobType=V2Ingest").json()
        assert (page["done"], [job["id"] for job in page["records"]]) == (False, made[:0:-1])
        rest = caller.call("GET", page["nextRecordsUrl"]).json()
        assert (rest["done"], rest["nextRecordsUrl"], [job["id"] for job in rest["records"]]) == (True, None, made[:1])

    def test_an_unknown_job_is_404_with_an_array(self, caller):
        reply = caller.call("GET", "/jobs/ingest/750Hu0000000099IAA")
        assert reply.status_code == 404
        assert reply.json() == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def caller_token(org: Org, caller: Caller) -> str:
    """A fresh session: a day has passed."""
    from sandbox.salesforce.sessions import Sessions

    return Sessions(org, 7200).issue(org.integration_user_id, "client", "api")
