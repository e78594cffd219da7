"""Where calls may go, how long they wait, which are made again, and how they are counted."""

from dataclasses import replace
from typing import Any

import pytest
import requests
import responses
import structlog

from connector.errors import Misconfigured, Temporary
from connector.salesforce import transport
from connector.salesforce.gateway import Salesforce
from connector.settings import Settings
from tests.connector.salesforce.conftest import DATA, ORG, MemoryKeeper, connection

LIMITS = {"DailyApiRequests": {"Max": 100, "Remaining": 90}}


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "https://login.salesforce.com/x",
            "https://example.my.salesforce.com",
            "https://example--uat.sandbox.my.salesforce.com",
            "http://localhost:8001/services",
            "http://127.0.0.1:8001",
            "http://[::1]:8001",
            "https://127.0.0.1:8443",
        ],
    )
    def test_salesforce_and_this_machine_may_be_called(self, settings: Settings, address: str) -> None:
        assert address.startswith(transport.origin(address, settings))

    @pytest.mark.parametrize(
        "address",
        [
            "http://example.my.salesforce.com",
            "https://example.org",
            "https://salesforce.com.example.org",
            "https://evilsalesforce.com",
            "https://example.my.salesforce.com@example.org",
            "https://user@example.my.salesforce.com",
            "http://127.0.0.1.example.org",
            "https://example.org\\.my.salesforce.com",
            "https://example.org;.my.salesforce.com",
            "https://example.org .my.salesforce.com",
            "https://:password@example.my.salesforce.com",
            "https://[broken",
            "http://10.0.0.1",
            "file:///etc/passwd",
            "",
        ],
    )
    def test_nothing_else_may(self, settings: Settings, address: str) -> None:
        with pytest.raises(Misconfigured):
            transport.origin(address, settings)

    def test_an_entry_without_a_dot_is_a_whole_host(self) -> None:
        settings = Settings(salesforce_hosts=("login.example.org", ".MY.example.org"))
        assert transport.origin("https://login.example.org/x", settings) == "https://login.example.org"
        assert transport.origin("https://a.my.example.org", settings) == "https://a.my.example.org"
        with pytest.raises(Misconfigured):
            transport.origin("https://evil-login.example.org", settings)

    @pytest.mark.parametrize(
        "host", ["localhost", "evil.localhost", "127.0.0.1:8001", "127.1.2.3", "[::1]:8001", "LOCALHOST:6379"]
    )
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_server_of_the_world_does_not_call_itself(self, settings: Settings, scheme: str, host: str) -> None:
        ours = replace(settings, public_url="https://real-magnet.example.org")
        with pytest.raises(Misconfigured):
            transport.origin(f"{scheme}://{host}", ours)

    def test_an_operator_may_list_this_machine_by_its_own_name(self, settings: Settings) -> None:
        hosts = (*settings.salesforce_hosts, "localhost")
        ours = replace(settings, public_url="https://real-magnet.example.org", salesforce_hosts=hosts)
        assert transport.origin("http://localhost:8001/x", ours) == "http://localhost:8001"
        for other in ("http://127.0.0.1:8001", "http://evil.localhost:8001"):
            with pytest.raises(Misconfigured):
                transport.origin(other, ours)

    def test_plain_http_reaches_this_machine_even_through_simple_salesforce(
        self, vendor: responses.RequestsMock, settings: Settings
    ) -> None:
        vendor.get("http://localhost:8001/services/data/v66.0/limits/", json=LIMITS)
        keeper = MemoryKeeper(connection(instance_url="http://localhost:8001"))
        assert Salesforce(keeper, settings).limits() == {"DailyApiRequests": (100, 90)}

    def test_a_token_does_not_follow_a_redirect(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.get(f"{DATA}/limits/", status=302, headers={"Location": "https://example.org/"})
        with pytest.raises(Temporary):
            salesforce.limits()
        assert {call.request.url for call in vendor.calls} == {f"{DATA}/limits/"}

    def test_a_next_page_on_another_host_is_asked_of_the_org(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        first = {"totalSize": 2, "done": False, "nextRecordsUrl": "/services/data/v66.0/query/01g-1", "records": []}
        vendor.get(f"{DATA}/query/", json=first)
        vendor.get(f"{DATA}/query/01g-1", json={"totalSize": 2, "done": True, "records": [{"Id": "1"}]})
        assert list(salesforce.query("SELECT Id FROM Contact")) == [("1",)]


class TestPatience:
    def test_every_call_has_time_limits(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        vendor.get(f"{DATA}/limits/", json=LIMITS)
        salesforce.limits()
        sent: Any = vendor.calls[0].request
        assert sent.req_kwargs["timeout"] == (10, 5)

    def test_a_cut_connection_is_made_again_and_names_nothing(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        vendor.get(f"{DATA}/query/", body=requests.ConnectionError("GET /query?q=WHERE+Email=ada@example.org"))
        with pytest.raises(Temporary) as caught:
            salesforce.count("SELECT COUNT() FROM Contact")
        assert "ada" not in repr(caught.value)
        assert caught.value.__cause__ is None
        assert salesforce.calls["query"] == 4

    def test_what_makes_something_is_not_made_twice(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        vendor.post(f"{DATA}/jobs/ingest", status=503, body="<html>")
        with pytest.raises(Temporary):
            salesforce.create_bulk_job("X__c", "upsert", "External_Key__c")
        assert salesforce.calls["bulk"] == 1

    def test_a_wait_beyond_our_patience_is_left_to_the_run(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        vendor.get(f"{DATA}/limits/", status=503, body="<html>", headers={"Retry-After": "3600"})
        with pytest.raises(Temporary) as caught:
            salesforce.limits()
        assert caught.value.after == 3600
        assert salesforce.calls["limits"] == 1


def test_the_usage_of_the_day_is_read_from_every_answer(vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
    assert salesforce.usage is None
    told = "api-usage=18/15000; per-app-api-usage=17/250(appName=sample)"
    vendor.get(f"{DATA}/limits/", json=LIMITS, headers={"Sforce-Limit-Info": told})
    salesforce.limits()
    assert salesforce.usage == (18, 15000)


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("/services/data/v66.0/query/?q=SELECT+Id+FROM+jobs", "query"),
        ("/services/data/v66.0/queryAll/", "query"),
        ("/services/data/v66.0/jobs/query/750/results", "bulk"),
        ("/services/data/v66.0/composite/sobjects/X/Y", "collections"),
        ("/services/data/v66.0/sobjects/Contact/describe", "describe"),
        ("/services/oauth2/token", "token"),
        ("/services/Soap/u/64.0", "token"),
        ("/services/oauth2/userinfo", "userinfo"),
    ],
)
def test_calls_are_counted_by_purpose(path: str, purpose: str) -> None:
    assert transport.purpose(ORG + path) == purpose


def test_what_is_logged_of_a_retry_holds_no_token_and_no_query(
    vendor: responses.RequestsMock, salesforce: Salesforce, caplog: pytest.LogCaptureFixture
) -> None:
    vendor.get(f"{DATA}/query/", body=requests.ConnectionError("token-1 ada@example.org"))
    with structlog.testing.capture_logs() as told, pytest.raises(Temporary), caplog.at_level("INFO"):
        salesforce.count("SELECT COUNT() FROM Contact WHERE Email = 'ada@example.org'")
    assert told
    assert not any(secret in f"{told}{caplog.text}" for secret in ("token-1", "ada@example.org", "refresh-1"))
