"""List views and fields as Salesforce may show them to users who see less, or spell their queries otherwise."""

from typing import Any

import pytest
import responses

from connector.errors import NotFound, Refused, UnexpectedAnswer
from connector.model.audience import SourceKind
from connector.salesforce.gateway import Salesforce
from tests.connector.salesforce.conftest import DATA

VIEW = "00BHu0000000001MAA"
VIEWS = f"{DATA}/sobjects/Contact/listviews"


def listed(**more: Any) -> dict[str, Any]:
    view = {"id": VIEW[:15], "label": "Mine", "developerName": "Mine", "soqlCompatible": True, **more}
    return {"done": True, "listviews": [view], "nextRecordsUrl": None}


@pytest.fixture
def described(vendor: responses.RequestsMock) -> Any:
    def describe(**answer: Any) -> None:
        vendor.get(VIEWS, json=listed())
        vendor.get(f"{VIEWS}/{VIEW[:15]}/describe", json=answer)

    return describe


@pytest.mark.parametrize(
    ("query", "scope", "tail"),
    [
        ("SELECT Name FROM Contact ORDER BY Name ASC NULLS FIRST, Id", None, "FROM Contact"),
        ("SELECT Name FROM Contact WHERE A = 1 ORDER BY Name", "everything", "FROM Contact WHERE A = 1"),
        ("SELECT Name FROM Contact WHERE A = 1", "mine", "FROM Contact USING SCOPE mine WHERE A = 1"),
        ("SELECT Name FROM Contact USING SCOPE mine ORDER BY Id", "mine", "FROM Contact USING SCOPE mine"),
        ("SELECT toLabel(LeadSource), format(Birthdate) FROM Contact LIMIT 10", None, "FROM Contact LIMIT 10"),
    ],
)
def test_the_scope_of_a_view_stands_in_its_tail_once(
    described: Any, salesforce: Salesforce, query: str, scope: str | None, tail: str
) -> None:
    described(query=query, scope=scope)
    assert salesforce.list_view_tail("Contact", VIEW) == tail


def test_a_query_that_is_not_understood_is_refused_rather_than_cut(described: Any, salesforce: Salesforce) -> None:
    described(query="SELECT Name FROM Contact WHERE A ~ 1", scope=None)
    with pytest.raises(Refused, match="The query of this list view cannot be used: The character '~'"):
        salesforce.list_view_tail("Contact", VIEW)


def test_a_view_without_a_query_is_refused(described: Any, salesforce: Salesforce) -> None:
    described(query=None, scope=None)
    with pytest.raises(Refused, match="cannot say this list view"):
        salesforce.list_view_tail("Contact", VIEW)


def test_a_scope_of_a_new_kind_is_shown_as_it_came(described: Any, salesforce: Salesforce) -> None:
    described(query="SELECT Name FROM Contact", scope="salesteam")
    assert salesforce.source(SourceKind.LIST_VIEW, VIEW, "Contact").detail == "Contacts, scope salesteam"


def test_views_of_an_object_that_is_hidden_are_left_out(vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
    vendor.get(VIEWS, json=listed(label=None))
    vendor.get(f"{DATA}/sobjects/Lead/listviews", status=404, json=[{"errorCode": "NOT_FOUND", "message": "no"}])
    assert [(view.id, view.name) for view in salesforce.list_views("")] == [(VIEW, "Mine")]
    with pytest.raises(NotFound):
        salesforce.source(SourceKind.LIST_VIEW, VIEW, "Lead")


@pytest.mark.parametrize("answer", [{"json": []}, {"body": "<html>"}])
def test_what_is_no_list_of_views_is_an_error(
    vendor: responses.RequestsMock, salesforce: Salesforce, answer: dict[str, Any]
) -> None:
    vendor.get(VIEWS, **answer)
    with pytest.raises(UnexpectedAnswer):
        salesforce.list_views("")


def test_fields_that_are_hidden_are_left_out_of_what_is_told(
    vendor: responses.RequestsMock, salesforce: Salesforce
) -> None:
    hidden = [{"errorCode": "INVALID_FIELD", "message": "No such column 'Format' on entity 'Report'"}]
    vendor.get(f"{DATA}/query/", status=400, json=hidden)
    vendor.get(
        f"{DATA}/sobjects/Report/describe",
        json={"fields": [{"name": name, "type": "string"} for name in ("Id", "Name", "FolderName")]},
    )
    row = {"Id": "00OHu0000000001", "Name": "All", "FolderName": "Ours"}
    vendor.get(f"{DATA}/query/", json={"totalSize": 1, "done": True, "records": [row]})
    (found,) = salesforce.reports("all")
    assert (found.id, found.detail) == ("00OHu0000000001MAA", "Report in Ours")


def test_any_other_refusal_is_told(vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
    vendor.get(f"{DATA}/query/", status=400, json=[{"errorCode": "MALFORMED_QUERY", "message": "what?"}])
    with pytest.raises(Refused, match="what"):
        salesforce.source(SourceKind.CAMPAIGN, "701Dn00000000G8IAI")


def test_a_query_is_no_source_to_look_up(salesforce: Salesforce) -> None:
    with pytest.raises(ValueError, match="job itself"):
        salesforce.source(SourceKind.QUERY, "x")
    with pytest.raises(ValueError, match="Contact or Lead"):
        salesforce.list_view_tail("Account", VIEW)
