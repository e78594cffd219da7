"""simple-salesforce's own Bulk 2.0 client, unmodified, completes its jobs against the stand-in."""

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

ACTIVITY, KEY = "Real_Magnet_Activity__c", "External_Key__c"


class PlainHttp(HTTPAdapter):
    """The library insists on https; the stand-in speaks http."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url).netloc

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:
        assert request.url is not None
        request.url = urlsplit(request.url)._replace(scheme="http", netloc=self._host).geturl()
        return super().send(request, **{**given, "timeout": 30})


@pytest.fixture
def salesforce(running) -> Salesforce:
    session = requests.Session()
    session.mount("https://", PlainHttp(running.url))
    return Salesforce(
        instance_url="https://sandbox.example", session_id=running.token(), version="66.0", session=session
    )


def test_an_upsert_from_records(salesforce, org, contacts):
    records = [{KEY: f"k{number}", "Contact__c": contacts[number], "Activity__c": "Opened"} for number in range(50)]
    bulk = getattr(salesforce.bulk2, ACTIVITY)
    (job,) = bulk.upsert(records=records, external_id_field=KEY, wait=1)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (50, 0)
    assert org.count(ACTIVITY) == 50
    good = list(csv.DictReader(io.StringIO(bulk.get_successful_records(job["job_id"]))))
    assert sorted(row[KEY] for row in good) == sorted(record[KEY] for record in records)


def test_an_insert_from_a_file_with_rows_that_fail(salesforce, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(f"{KEY},Contact__c\na,\nb,nonsense\n")
    bulk = getattr(salesforce.bulk2, ACTIVITY)
    (job,) = bulk.insert(str(path), wait=1)
    assert job["numberRecordsFailed"] == 1
    failed = list(csv.DictReader(io.StringIO(bulk.get_failed_records(job["job_id"]))))
    assert failed[0]["sf__Error"].startswith("MALFORMED_ID:")
    assert bulk.get_unprocessed_records(job["job_id"]) == "Contact__c,External_Key__c\n"


def test_a_query_in_pages(salesforce, contacts):
    pages = list(salesforce.bulk2.Contact.query("SELECT Id, Email FROM Contact", max_records=30))
    found = [row["Id"] for text in pages for row in csv.DictReader(io.StringIO(text))]
    assert (len(pages), sorted(found)) == (4, contacts)
