"""simple-salesforce, unmodified, works against the stand-in: its requests reach the application without a socket."""

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from requests.adapters import BaseAdapter
from simple_salesforce import Salesforce, SalesforceMalformedRequest, SalesforceMoreThanOneRecord
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceResourceNotFound

from sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import BASE, People, write


class OverWsgi(BaseAdapter):
    """Carries requests to a WSGI application in this process."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = app.test_client()

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        reply = self._client.open(
            f"{parts.path}?{parts.query}",
            method=request.method,
            headers=dict(request.headers),
            data=request.body,
            base_url=BASE,
        )
        found = requests.Response()
        found.status_code, found.url, found.request = reply.status_code, str(request.url), request
        found.headers.update(reply.headers)
        found.raw = BytesIO(reply.data)
        return found

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def sf(app: Flask, org: Org) -> Salesforce:
    session = requests.Session()
    session.mount("https://", OverWsgi(app))
    token = app.extensions["sessions"].issue(org.user_id("ada@salesforce.example"), "key", "api")
    return Salesforce(session_id=token, instance_url="https://localhost:8001", version="66.0", session=session)


def test_records(sf: Salesforce) -> None:
    made = sf.Contact.create({"LastName": "Berg", "Email": "b@example.org"})
    sf.Contact.update(made["id"], {"FirstName": "Ada"})
    assert sf.Contact.get(made["id"])["Name"] == "Ada Berg"
    assert sf.Contact.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        sf.Contact.get(made["id"])


def test_every_page_of_a_query(sf: Salesforce, org: Org) -> None:
    write(org, "Contact", "insert", ["LastName"], [(f"N{number}",) for number in range(2_300)])
    found = sf.query_all("SELECT LastName FROM Contact")
    assert len({row["LastName"] for row in found["records"]}) == 2_300
    assert sf.query("SELECT COUNT() FROM Contact")["totalSize"] == 2_300


def test_describe_and_limits(sf: Salesforce) -> None:
    assert sf.Lead.describe()["keyPrefix"] == "00Q"
    assert "Contact" in {item["name"] for item in sf.describe()["sobjects"]}
    assert sf.limits()["DailyApiRequests"]["Max"] == 101_000
    assert sf.api_usage["api-usage"].total == 101_000


def test_faults_become_its_exceptions(sf: Salesforce, people: People) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="No such column"):
        sf.query("SELECT Nothing FROM Contact")
    for _ in range(2):
        people.contact(email="same@example.org")
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Contact.upsert("Email/same@example.org", {"LastName": "x"})
    sf.headers["Authorization"] = "Bearer nonsense"
    with pytest.raises(SalesforceExpiredSession):
        sf.query("SELECT Id FROM Contact")
