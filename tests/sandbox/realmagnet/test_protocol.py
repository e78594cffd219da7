import re
from xml.etree import ElementTree as ET

import orjson
import pytest

from sandbox.realmagnet.account import Account
from sandbox.realmagnet.app import BASE
from sandbox.realmagnet.operations import OPERATIONS
from tests.sandbox.realmagnet.conftest import JSON, Client


class TestLogin:
    def test_a_good_login_gets_a_number_a_guid_and_the_account_code(self, client: Client):
        answer = client.call("Authenticate", UserName="demo", Password="demo")
        assert set(answer) == {"LoginID", "SessionID", "UserID"}
        assert isinstance(answer["LoginID"], int)
        assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", answer["SessionID"])
        assert answer["UserID"] == "SAMPLE"

    @pytest.mark.parametrize("sent", [{"UserName": "demo", "Password": "wrong"}, {"UserName": None, "Password": None}])
    def test_a_bad_login_is_answered_200_with_zero_and_nulls(self, client: Client, sent):
        assert client.call("Authenticate", **sent) == {"LoginID": 0, "SessionID": None, "UserID": None}

    def test_basic_credentials_are_neither_needed_nor_minded(self, client: Client):
        headers = {**JSON, "Authorization": "Basic bm9ib2R5Om5vdGhpbmc="}
        answer = client.web.post(f"{BASE}GetGroups/", data=orjson.dumps(client.credentials), headers=headers)
        assert answer.status_code == 200


class TestSessions:
    @pytest.mark.parametrize(
        ("switch", "status", "body"), [("page", 400, b"<?xml"), ("null", 200, b"null"), ("empty", 200, b"[]")]
    )
    def test_an_expired_session_is_answered_as_the_switch_says(self, client: Client, switch, status, body):
        client.admin("switches", expire_sessions=True, expired_answer=switch)
        answer = client.post("GetMessageList")
        assert answer.status_code == status
        assert answer.data.startswith(body)

    def test_a_session_works_for_its_own_account_code_only(self, client: Client):
        client.credentials["UserID"] = "OTHER"
        assert client.post("GetMessageList").status_code == 400

    def test_logging_in_again_ends_nothing(self, client: Client):
        client.call("Authenticate", UserName="demo", Password="demo")
        assert client.call("GetMessageList")

    def test_an_idle_session_dies_after_half_an_hour_of_the_wall(self, client: Client, account: Account):
        client.admin("clock", advance_days=3)
        assert client.post("GetGroups").status_code == 200
        account.connection.execute("UPDATE session SET last_used_wall = last_used_wall - 29 * 60000")
        assert client.post("GetGroups").status_code == 200
        account.connection.execute("UPDATE session SET last_used_wall = last_used_wall - 31 * 60000")
        assert client.post("GetGroups").status_code == 400


class TestRequests:
    def test_addresses_work_with_and_without_the_trailing_slash(self, client: Client):
        bodies = [
            client.web.post(f"{BASE}GetMessageList{end}", data=orjson.dumps(client.credentials), headers=JSON).data
            for end in ("/", "")
        ]
        assert bodies[0] == bodies[1]

    def test_an_unknown_operation_is_a_404_page(self, client: Client):
        answer = client.post("RemoveRecipient")
        assert answer.status_code == 404
        assert "Endpoint not found" in answer.text
        assert answer.mimetype == "text/html"

    def test_get_is_not_allowed(self, client: Client):
        assert client.web.get(f"{BASE}GetGroups/").status_code == 405

    @pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"x"'])
    def test_a_body_that_is_no_object_is_a_400_page(self, client: Client, raw):
        answer = client.web.post(f"{BASE}GetGroups/", data=raw, headers=JSON)
        assert answer.status_code == 400
        assert "Request Error" in answer.text

    @pytest.mark.parametrize("missing", ["SessionID", "UserID"])
    def test_credentials_are_mandatory(self, client: Client, missing):
        del client.credentials[missing]
        assert client.post("GetGroups").status_code == 400

    @pytest.mark.parametrize("wrong", ["xxx", [], {}, True, 1.5])
    def test_a_wrongly_typed_number_is_a_400_page(self, client: Client, wrong):
        assert client.post("GetGroupDetails", GroupID=wrong).status_code == 400

    def test_a_number_sent_as_text_is_read(self, client: Client):
        assert client.call("GetGroupDetails", GroupID="3449401")["GroupID"] == 3449401

    def test_every_operation_wants_credentials_first(self, client: Client):
        client.credentials["SessionID"] = "00000000-0000-0000-0000-000000000000"
        assert {client.post(op).status_code for op in OPERATIONS} == {400}


class TestAnswers:
    def test_dates_escape_their_slashes_on_the_wire(self, client: Client):
        assert rb'"\/Date(' in client.post("GetMessageList").data

    @pytest.mark.parametrize("accept", ["*/*", "", "application/xml"])
    def test_without_json_in_accept_the_answer_is_xml(self, client: Client, accept):
        headers = {"Accept": accept, "Content-Type": "application/json"}
        answer = client.web.post(f"{BASE}GetMessageList/", data=orjson.dumps(client.credentials), headers=headers)
        assert answer.mimetype == "application/xml"
        first = ET.fromstring(answer.data)[0]  # noqa: S314 - our own server's answer
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", first[0].text or "")
