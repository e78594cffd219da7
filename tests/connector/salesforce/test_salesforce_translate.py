"""Salesforce's refusals, each as the error that says what to do: again, never, connect anew, or wait."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
import responses

from connector import clock
from connector.errors import (
    CallsUsedUp,
    ConnectorError,
    CredentialsRefused,
    LimitReached,
    NotFound,
    Refused,
    StorageFull,
    Temporary,
    UnexpectedAnswer,
)
from connector.salesforce import translate
from connector.salesforce.gateway import Salesforce
from tests.connector.salesforce.conftest import DATA


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", CallsUsedUp),
        (400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", StorageFull),
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", Temporary),
        (400, "ExceededQuota", "ApiBatchItems Limit exceeded.", LimitReached),
        (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", Temporary),
        (400, "QUERY_TIMEOUT", "Your query request was running for too long.", Temporary),
        (400, "invalid_grant", "expired access/refresh token", CredentialsRefused),
        (400, "inactive_user", "user is inactive", CredentialsRefused),
        (400, "rate_limit_exceeded", "too many", Temporary),
        (401, "INVALID_SESSION_ID", "Session expired or invalid", CredentialsRefused),
        (403, "OAUTH_APP_BLOCKED", "this app is blocked by admin", CredentialsRefused),
        (404, "NOT_FOUND", "The requested resource does not exist", NotFound),
        (404, "ENTITY_IS_DELETED", "entity is deleted", NotFound),
        (400, "INVALID_TYPE", "sObject type 'X__c' is not supported.", NotFound),
        (400, "INVALIDJOB", "InvalidJob : Unable to parse Job", Refused),
        (400, "INVALIDENTITY", "InvalidEntity : Unable to find object: X__c", NotFound),
        (429, "REQUEST_LIMIT_EXCEEDED", "Too many requests.", Temporary),
        (400, "INVALID_FIELD", "No such column 'Foo' on entity 'Contact'.", Refused),
        (409, "VERSION_MISMATCH", "another version", Refused),
        (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", Temporary),
        (418, "", "", UnexpectedAnswer),
    ],
)
def test_a_refusal_becomes_its_kind(status: int, code: str, message: str, kind: type[ConnectorError]) -> None:
    error = translate.error_for(status, code, message)
    assert type(error) is kind
    if isinstance(error, Refused):
        assert error.code == code


def test_a_query_repeated_in_an_error_does_not_reach_the_message(
    vendor: responses.RequestsMock, salesforce: Salesforce
) -> None:
    said = (
        "\nSELECT Foo FROM Contact WHERE Email = 'ada@example.org'\n       ^\nERROR at Row:1:Column:8\n"
        "No such column 'Foo' on entity 'Contact'."
    )
    vendor.get(f"{DATA}/query/", status=400, json=[{"message": said, "errorCode": "INVALID_FIELD"}])
    with pytest.raises(Refused) as caught:
        list(salesforce.query("SELECT Foo FROM Contact WHERE Email = 'ada@example.org'"))
    assert str(caught.value) == "Salesforce: No such column 'Foo' on entity 'Contact'."


def test_maintenance_in_html_is_asked_again_and_then_temporary(
    vendor: responses.RequestsMock, salesforce: Salesforce
) -> None:
    vendor.get(f"{DATA}/limits/", status=503, body="<html>We are down</html>", content_type="text/html")
    with pytest.raises(Temporary) as caught:
        salesforce.limits()
    assert "html" not in str(caught.value)
    assert salesforce.calls["limits"] == 4


def test_the_wait_that_salesforce_asks_for_is_kept() -> None:
    assert translate.retry_after({"Retry-After": "7"}) == 7
    later = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    assert translate.retry_after({"Retry-After": later}) == pytest.approx(90, abs=2)
    assert translate.retry_after({"Retry-After": "soon"}) is None
    assert translate.retry_after({}) is None
