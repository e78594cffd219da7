"""What a query, a description and a collection come to in our words."""

from typing import Any

import pytest
import responses

from connector.errors import NotFound, UnexpectedAnswer
from connector.model.bulk import Failure, Success
from connector.salesforce.gateway import Salesforce
from connector.salesforce.soql import columns
from tests.connector.salesforce.conftest import DATA


@pytest.mark.parametrize(
    ("soql", "paths"),
    [
        ("SELECT Id, Email FROM Contact", [("Id",), ("Email",)]),
        ("select Id,Account.Owner.Name from Contact", [("Id",), ("Account", "Owner", "Name")]),
        ("SELECT Message_Id__c, COUNT(Id) n FROM X GROUP BY Message_Id__c", [("Message_Id__c",), ("n",)]),
        ("SELECT COUNT(Id), MAX(SystemModstamp) FROM X", [("expr0",), ("expr1",)]),
        ("SELECT MIN(A) low, SUM( B ) FROM X", [("low",), ("expr0",)]),
        ("SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name", [("Name",), ("expr0",)]),
        ("SELECT Account.Name an FROM Contact GROUP BY Account.Name", [("an",)]),
        ("SELECT toLabel(Status), Id FROM Lead", [("Status",), ("Id",)]),
        ("SELECT Id,\n  Email\nFROM Contact WHERE Name = 'FROM x'", [("Id",), ("Email",)]),
        ("SELECT Account.Name FROM Contact WHERE Name = 'a\\' GROUP BY b'", [("Account", "Name")]),
    ],
)
def test_values_are_found_where_a_select_puts_them(soql: str, paths: list[tuple[str, ...]]) -> None:
    assert columns(soql) == paths


@pytest.mark.parametrize("soql", ["UPDATE x", "SELECT (SELECT Id FROM Contacts) FROM Account"])
def test_a_query_of_an_unknown_shape_is_a_mistake_of_ours(soql: str) -> None:
    with pytest.raises(ValueError, match=r"SELECT|query"):
        columns(soql)


def test_rows_come_in_select_order_through_null_parents_and_pages(
    vendor: responses.RequestsMock, salesforce: Salesforce
) -> None:
    kind: dict[str, Any] = {"attributes": {"type": "Contact"}}
    vendor.get(
        f"{DATA}/queryAll/",
        json={
            "totalSize": 3,
            "done": False,
            "nextRecordsUrl": "/services/data/v66.0/query/01g-2000",
            "records": [{**kind, "Email": "a@example.org", "Account": {**kind, "Name": "A"}, "Id": "1"}],
        },
    )
    vendor.get(
        f"{DATA}/query/01g-2000",
        json={"totalSize": 3, "done": True, "records": [{**kind, "Email": None, "Account": None, "Id": "2"}]},
    )
    rows = list(salesforce.query("SELECT Id, account.name, email FROM Contact", include_deleted=True))
    assert rows == [("1", "A", "a@example.org"), ("2", None, None)]
    assert salesforce.calls == {"query": 2}


def test_a_count_is_the_total(vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
    vendor.get(f"{DATA}/query/", json={"totalSize": 41, "done": True, "records": []})
    assert salesforce.count("SELECT COUNT() FROM Contact") == 41


def test_a_hidden_object_is_not_found(vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
    missing = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    vendor.get(f"{DATA}/sobjects/Real_Magnet_Activity__c/describe", status=404, json=missing)
    with pytest.raises(NotFound):
        salesforce.fields("Real_Magnet_Activity__c")


def test_fields_tell_what_may_be_written(vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
    described = {
        "name": "External_Key__c",
        "label": "External Key",
        "type": "string",
        "length": 64,
        "createable": True,
        "updateable": False,
        "externalId": True,
        "unique": True,
        "nillable": False,
    }
    vendor.get(f"{DATA}/sobjects/X__c/describe", json={"name": "X__c", "fields": [described]})
    field = salesforce.fields("X__c")["External_Key__c"]
    assert (field.length, field.createable, field.updateable, field.external_id, field.unique) == (
        64,
        True,
        False,
        True,
        True,
    )


class TestUpsert:
    def test_each_row_has_its_result_in_its_place(self, vendor: responses.RequestsMock, salesforce: Salesforce) -> None:
        rejected = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]"}
        vendor.patch(
            f"{DATA}/composite/sobjects/X__c/Key__c",
            json=[
                {"id": "a01", "success": True, "errors": [], "created": True},
                {"success": False, "errors": [rejected]},
            ],
        )
        found = salesforce.upsert("X__c", "Key__c", [{"Key__c": "k1", "Name": "n"}, {"Key__c": "k2", "Name": None}])
        assert found == [
            Success("k1", "a01", created=True),
            Failure("k2", "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
        ]
        body = vendor.calls[0].request.body
        assert isinstance(body, bytes)
        assert b'"allOrNone": false' in body
        assert b'"Name": null' in body

    def test_an_answer_that_leaves_rows_out_is_not_believed(
        self, vendor: responses.RequestsMock, salesforce: Salesforce
    ) -> None:
        vendor.patch(f"{DATA}/composite/sobjects/X__c/Key__c", json=[])
        with pytest.raises(UnexpectedAnswer):
            salesforce.upsert("X__c", "Key__c", [{"Key__c": "k1"}])

    def test_two_hundred_rows_are_the_most(self, salesforce: Salesforce) -> None:
        with pytest.raises(ValueError, match="200"):
            salesforce.upsert("X__c", "Key__c", [{"Key__c": str(n)} for n in range(201)])
