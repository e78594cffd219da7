"""The REST data API: statuses, bodies and headers as the vendor sends them."""

import pytest
from flask import Flask

from sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import Caller, People

ACTIVITY = "Real_Magnet_Activity__c"
BY_KEY = f"/sobjects/{ACTIVITY}/External_Key__c"


class TestRoots:
    def test_versions_need_no_session(self, app: Flask) -> None:
        listed = app.test_client().get("/services/data/").json
        assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in listed
        assert listed[-1]["version"] == "68.0"

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/services/data/v25.0/query", 410, "UNSUPPORTED_API_VERSION"),
            ("/services/data/v69.0/query", 404, "NOT_FOUND"),
            ("/services/data/v66.1/query", 404, "NOT_FOUND"),
            ("/services/data/v66.0/nothing", 404, "NOT_FOUND"),
            ("/services/data/v66.0/sobjects/Nothing__c/describe", 404, "NOT_FOUND"),
        ],
    )
    def test_what_is_not_there(self, user: Caller, path: str, status: int, code: str) -> None:
        assert user.error("GET", path) == (status, code)

    def test_a_wrong_method(self, user: Caller) -> None:
        reply = user("POST", "/limits")
        assert (reply.status_code, reply.json[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
        assert reply.json[0]["message"] == "HTTP Method 'POST' not allowed. Allowed are GET,HEAD"

    def test_a_dead_session(self, user: Caller) -> None:
        body = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        for header in ({"Authorization": "Bearer nonsense"}, {"Authorization": ""}):
            reply = user("GET", "/limits", headers=header)
            assert (reply.status_code, reply.json) == (401, body)

    def test_a_very_long_address(self, user: Caller) -> None:
        assert user("GET", "/query", query_string={"q": "x" * 17_000}).status_code == 414

    def test_row_counts(self, integration: Caller, stranger: Caller, people: People) -> None:
        people.lead()
        found = integration("GET", "/limits/recordCount?sObjects=Lead").json
        assert found == {"sObjects": [{"count": 1, "name": "Lead"}]}
        assert stranger("GET", "/limits/recordCount?sObjects=Lead").json == {"sObjects": []}


class TestAllowance:
    def test_every_call_is_counted_and_told(self, user: Caller) -> None:
        first = user("GET", "/limits")
        assert first.headers["Sforce-Limit-Info"] == "api-usage=1/101000"
        assert first.json["DailyApiRequests"] == {"Max": 101_000, "Remaining": 100_999}
        assert user("GET", "/nothing").headers["Sforce-Limit-Info"] == "api-usage=2/101000"

    def test_the_day_runs_out_and_a_new_one_begins(self, user: Caller, org: Org) -> None:
        user.client.post("/_sandbox/daily-limit", json={"maximum": 1})
        assert user("GET", "/limits").status_code == 200
        reply = user("GET", "/limits")
        assert (reply.status_code, reply.json) == (
            403,
            [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}],
        )
        org.advance_clock(86_400)
        again = Caller(user.client.application, user.user_id)
        assert again("GET", "/limits").status_code == 200


class TestRecords:
    def test_create_read_change_delete(self, user: Caller) -> None:
        made = user("POST", "/sobjects/Contact", json={"LastName": "Berg", "Email": "b@example.org"})
        record_id = made.json["id"]
        assert (made.status_code, made.json) == (201, {"id": record_id, "success": True, "errors": []})
        assert user("PATCH", f"/sobjects/Contact/{record_id}", json={"Email": None}).status_code == 204
        read = user("GET", f"/sobjects/Contact/{record_id[:15]}?fields=LastName,Email")
        url = f"/services/data/v66.0/sobjects/Contact/{record_id}"
        assert read.json == {"attributes": {"type": "Contact", "url": url}, "LastName": "Berg", "Email": None}
        gone = user("DELETE", f"/sobjects/Contact/{record_id}")
        assert (gone.status_code, gone.data) == (204, b"")
        for method in ("GET", "DELETE"):
            assert user.error(method, f"/sobjects/Contact/{record_id}") == (404, "ENTITY_IS_DELETED")

    def test_what_is_missing_is_named(self, user: Caller) -> None:
        reply = user("POST", "/sobjects/Contact", json={})
        assert (reply.status_code, reply.json) == (
            400,
            [
                {
                    "message": "Required fields are missing: [LastName]",
                    "errorCode": "REQUIRED_FIELD_MISSING",
                    "fields": ["LastName"],
                }
            ],
        )

    def test_a_malformed_id(self, user: Caller) -> None:
        reply = user("PATCH", "/sobjects/Account/nonsense", json={"Name": "x"})
        message = "Account ID: id value of incorrect type: nonsense"
        assert (reply.status_code, reply.json) == (
            400,
            [{"message": message, "errorCode": "MALFORMED_ID", "fields": ["Id"]}],
        )

    def test_an_id_of_no_record_and_a_parent_that_is_none(self, user: Caller) -> None:
        for method in ("GET", "PATCH", "DELETE"):
            assert user.error(method, "/sobjects/Contact/003Hu000000ZZZZ", json={}) == (404, "NOT_FOUND")
        body = {"LastName": "x", "AccountId": "001Hu000000ZZZZ"}
        assert user.error("POST", "/sobjects/Contact", json=body) == (400, "INVALID_CROSS_REFERENCE_KEY")

    @pytest.mark.parametrize(
        ("options", "status", "code"),
        [
            ({"json": {"LastName": "x", "Nothing__c": 1}}, 400, "INVALID_FIELD"),
            ({"data": "{", "content_type": "application/json"}, 400, "JSON_PARSER_ERROR"),
            ({"data": "LastName=x", "content_type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ],
    )
    def test_bodies_that_do_not_do(self, user: Caller, options: dict, status: int, code: str) -> None:
        assert user.error("POST", "/sobjects/Contact", **options) == (status, code)

    def test_rights_are_the_users(self, integration: Caller) -> None:
        refused = (403, "INSUFFICIENT_ACCESS_OR_READONLY")
        assert integration.error("POST", "/sobjects/Contact", json={"LastName": "x"}) == refused

    def test_deleted_since(self, user: Caller, people: People) -> None:
        people.contact("Alive")
        gone = people.contact("Gone")
        user("DELETE", f"/sobjects/Contact/{gone}")
        window = {"start": "2020-01-01T00:00:00+00:00", "end": "2099-01-01T00:00:00Z"}
        found = user("GET", "/sobjects/Contact/deleted/", query_string=window).json
        assert [item["id"] for item in found["deletedRecords"]] == [gone]
        assert set(found) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


class TestUpsert:
    def test_created_then_changed(self, integration: Caller) -> None:
        first = integration("PATCH", f"{BY_KEY}/abc.com", json={"Activity__c": "Opened"})
        second = integration("PATCH", f"{BY_KEY}/abc.com", json={"Activity__c": "Clicked"})
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json == {"id": second.json["id"], "success": True, "errors": [], "created": True}
        assert second.json["created"] is False
        assert integration("GET", f"{BY_KEY}/abc.com?fields=Activity__c").json["Activity__c"] == "Clicked"

    def test_update_only(self, integration: Caller) -> None:
        assert integration.error("PATCH", f"{BY_KEY}/k?updateOnly=true", json={}) == (404, "NOT_FOUND")

    def test_several_holders_are_listed(self, user: Caller, people: People) -> None:
        ids = [people.contact(email="same@example.org") for _ in range(2)]
        reply = user("PATCH", "/sobjects/Contact/Email/same@example.org", json={"LastName": "x"})
        assert (reply.status_code, reply.json) == (300, [f"/services/data/v66.0/sobjects/Contact/{i}" for i in ids])

    def test_a_field_that_is_no_key(self, integration: Caller) -> None:
        assert integration.error("PATCH", f"/sobjects/{ACTIVITY}/Activity__c/x", json={}) == (404, "NOT_FOUND")


class TestCollections:
    @staticmethod
    def rows(*keys: str, **more: object) -> list[dict[str, object]]:
        return [{"attributes": {"type": ACTIVITY}, "External_Key__c": key, **more} for key in keys]

    def test_each_row_has_its_result_in_order(self, integration: Caller) -> None:
        rows = [*self.rows("a"), *self.rows("b", Contact__c="nonsense"), *self.rows("c", Nothing__c=1), *self.rows("d")]
        path = f"/composite/sobjects/{ACTIVITY}/External_Key__c"
        reply = integration("PATCH", path, json={"allOrNone": False, "records": rows})
        assert reply.status_code == 200
        assert [item["success"] for item in reply.json] == [True, False, False, True]
        assert reply.json[0]["created"] is True
        assert reply.json[1] == {
            "success": False,
            "errors": [
                {
                    "statusCode": "MALFORMED_ID",
                    "message": "Contact: id value of incorrect type: nonsense",
                    "fields": ["Contact__c"],
                }
            ],
        }

    def test_all_or_none(self, integration: Caller, org: Org) -> None:
        rows = [*self.rows("a"), *self.rows("b", Contact__c="nonsense")]
        reply = integration("POST", "/composite/sobjects", json={"allOrNone": True, "records": rows})
        codes = [item["errors"][0]["statusCode"] for item in reply.json]
        assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "MALFORMED_ID"]
        assert org.count(ACTIVITY) == 0

    def test_200_and_no_more(self, integration: Caller, org: Org) -> None:
        rows = self.rows(*(f"k{number}" for number in range(200)))
        assert integration("POST", "/composite/sobjects", json={"records": rows}).status_code == 200
        assert org.count(ACTIVITY) == 200
        too_many = {"records": [*rows, *self.rows("more")]}
        assert integration.error("POST", "/composite/sobjects", json=too_many) == (400, "EXCEEDED_MAX_SIZE_REQUEST")

    def test_change_and_delete_by_id(self, integration: Caller, org: Org, people: People) -> None:
        ids = [people.activity("a"), people.activity("b")]
        rows = [{"attributes": {"type": ACTIVITY}, "id": record_id, "Activity__c": "Opened"} for record_id in ids]
        changed = integration("PATCH", "/composite/sobjects", json={"records": rows}).json
        assert changed == [{"id": record_id, "success": True, "errors": []} for record_id in ids]
        path = f"/composite/sobjects?ids={','.join(ids)},a00Hu000000ZZZZ&allOrNone=false"
        gone = integration("DELETE", path).json
        assert [item["success"] for item in gone] == [True, True, False]
        assert org.count(ACTIVITY) == 0


class TestComposite:
    @staticmethod
    def calls(*bodies: tuple[str, str, dict | None]) -> list[dict]:
        return [
            {"method": method, "url": f"/services/data/v66.0{path}", "referenceId": f"r{number}", "body": body}
            for number, (method, path, body) in enumerate(bodies)
        ]

    def test_later_calls_use_earlier_answers_and_count_as_one(self, user: Caller) -> None:
        calls = self.calls(
            ("POST", "/sobjects/Account", {"Name": "Example"}),
            ("POST", "/sobjects/Contact", {"LastName": "Berg", "AccountId": "@{r0.id}"}),
            ("GET", "/sobjects/Contact/@{r1.id}?fields=Account.Name", None),
        )
        reply = user("POST", "/composite", json={"compositeRequest": calls})
        answers = reply.json["compositeResponse"]
        assert [item["httpStatusCode"] for item in answers] == [201, 201, 200]
        assert answers[2]["body"]["Account"]["Name"] == "Example"
        assert reply.headers["Sforce-Limit-Info"].startswith("api-usage=1/")

    def test_all_or_none_takes_everything_back(self, user: Caller, org: Org) -> None:
        calls = self.calls(("POST", "/sobjects/Account", {"Name": "Example"}), ("POST", "/sobjects/Contact", {}))
        answers = user("POST", "/composite", json={"allOrNone": True, "compositeRequest": calls}).json
        codes = [item["body"][0]["errorCode"] for item in answers["compositeResponse"]]
        assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
        assert org.count("Account") == 0

    def test_a_call_that_leans_on_a_failed_one_is_halted(self, user: Caller) -> None:
        calls = self.calls(("POST", "/sobjects/Account", {}), ("GET", "/sobjects/Account/@{r0.id}", None))
        answers = user("POST", "/composite", json={"compositeRequest": calls}).json["compositeResponse"]
        assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"

    def test_25_and_no_more(self, user: Caller) -> None:
        calls = self.calls(*[("GET", "/limits", None)] * 26)
        assert user.error("POST", "/composite", json={"compositeRequest": calls}) == (400, "LIMIT_EXCEEDED")


class TestDescribe:
    def fields(self, caller: Caller, sobject: str) -> dict[str, dict]:
        reply = caller("GET", f"/sobjects/{sobject}/describe").json
        return {field["name"]: field for field in reply["fields"]}

    def test_the_opt_out_trap(self, user: Caller, integration: Caller) -> None:
        assert "HasOptedOutOfEmail" not in self.fields(user, "Contact")
        assert self.fields(integration, "Contact")["HasOptedOutOfEmail"]["updateable"] is True
        assert self.fields(integration, "Contact")["Email"]["updateable"] is False
        assert "Department" not in self.fields(integration, "Contact")

    def test_what_is_shipped_is_what_is_described(self, integration: Caller) -> None:
        fields = self.fields(integration, ACTIVITY)
        key = fields["External_Key__c"]
        assert (key["externalId"], key["unique"], key["caseSensitive"], key["nillable"]) == (True, True, True, False)
        assert fields["Contact__c"]["referenceTo"] == ["Contact"]
        assert fields["Contact__c"]["relationshipName"] == "Contact__r"
        assert "Opened" in [item["value"] for item in fields["Activity__c"]["picklistValues"]]
        assert len(key) == 57

    def test_prefixes_and_children(self, integration: Caller) -> None:
        contact = integration("GET", "/sobjects/Contact/describe").json
        assert contact["keyPrefix"] == "003"
        children = {(item["childSObject"], item["relationshipName"]) for item in contact["childRelationships"]}
        assert (ACTIVITY, "Real_Magnet_Activities__r") in children

    def test_the_list_holds_what_the_user_can_read(self, stranger: Caller, integration: Caller) -> None:
        body = integration("GET", "/sobjects").json
        assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
        names = {item["name"] for item in body["sobjects"]}
        assert {"Contact", "Lead", ACTIVITY} <= names
        known = {item["name"] for item in stranger("GET", "/sobjects").json["sobjects"]}
        setup = {"Profile", "PermissionSet", "PermissionSetAssignment", "DuplicateRule"}
        assert known == {"User", "Organization", "ListView"} | setup
