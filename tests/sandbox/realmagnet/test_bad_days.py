import http.client
import json
import time

import orjson
import pytest

from sandbox.realmagnet.app import BASE
from tests.sandbox.realmagnet.conftest import JSON, Client
from tests.sandbox.realmagnet.test_tracking import FIRST, LAST, read_all


class TestMovingPages:
    def test_new_events_between_two_pages_push_rows_to_the_next(self, client: Client):
        message_id = client.messages()[FIRST]
        first = client.page(message_id, "email_opened", 1, 100)
        client.admin("switches", shift=7)
        second = client.page(message_id, "email_opened", 2, 100)
        assert second["TotalRecords"] == first["TotalRecords"] + 7
        pushed = [row["MMId"] for row in first["RecipientDetails"][-7:]]
        assert [row["MMId"] for row in second["RecipientDetails"][:7]] == pushed

    def test_events_that_shifted_pages_are_part_of_the_truth(self, client: Client):
        message_id = client.messages()[FIRST]
        client.admin("switches", shift={"events": 3, "times": 2})
        for page in (1, 2, 3, 4):
            answer = client.page(message_id, "links", page, 10)
        assert answer["TotalRecords"] == client.truth(message_id)["counts"]["links"]

    def test_a_dropped_page_is_counted_and_not_delivered(self, client: Client):
        message_id = client.messages()[FIRST]
        total = client.page(message_id, "email_opened", size=1)["TotalRecords"]
        client.admin("switches", drop_page={"page": 2, "report": "email_opened"})
        assert len(read_all(client, message_id, "email_opened", 100)) == total - 100
        assert len(read_all(client, message_id, "email_opened", 100)) == total

    def test_today_is_incomplete_until_it_is_over(self, client: Client):
        message_id = client.messages()[LAST]
        whole = client.page(message_id, "email_opened", size=1)["TotalRecords"]
        today = {"FromDate": "2026-03-12", "ToDate": "2026-03-12"}
        truly_today = client.page(message_id, "email_opened", size=1, **today)["TotalRecords"]
        client.admin("switches", today_incomplete=True)
        shown = client.page(message_id, "email_opened", size=1)["TotalRecords"]
        assert whole - truly_today <= shown < whole
        client.admin("clock", advance_days=1)
        assert client.page(message_id, "email_opened", size=1, **today)["TotalRecords"] >= truly_today

    def test_statuses_come_as_names_when_told(self, client: Client):
        message_id = client.messages()[FIRST]
        client.admin("switches", statuses_as="names")
        names = {row["Status"] for row in read_all(client, message_id, "email_sent")}
        assert names == {"Delivered", "SB", "HB", "UNF", "TU", "MF", "BD", "Failed"}


class TestFailures:
    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    def test_the_next_requests_fail_with_a_page_and_then_all_is_well(self, client: Client, status):
        client.admin("switches", fail={"status": status, "times": 2})
        answers = [client.post("GetGroups") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [status, status, 200]
        assert answers[0].mimetype == "text/html"

    def test_a_failure_may_be_meant_for_some_operations_and_say_when_to_retry(self, client: Client):
        client.admin("switches", fail={"status": 429, "op": "^GetDetailed", "retry_after": 7, "times": -1})
        assert client.post("GetGroups").status_code == 200
        for _ in range(3):
            answer = client.post("GetDetailedTracking", MessageID=1, ReportType="links")
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")

    def test_a_failure_may_let_some_requests_pass_first(self, client: Client):
        client.admin("switches", fail={"status": 500, "after": 2})
        assert [client.post("GetGroups").status_code for _ in range(4)] == [200, 200, 500, 200]

    def test_sessions_may_die_in_the_middle_of_a_run(self, client: Client):
        client.admin("switches", expire={"op": "GetGroups$", "after": 1})
        assert [client.post("GetGroups").status_code for _ in range(3)] == [200, 400, 400]
        assert client.post("GetMessageList").status_code == 400

    def test_half_a_body_is_whole_by_its_length_and_broken_as_json(self, client: Client):
        client.admin("switches", half_body={"op": "GetMessageList"})
        answer = client.post("GetMessageList")
        assert answer.status_code == 200
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(answer.data)

    def test_switches_are_read_reset_and_refused_when_unknown(self, client: Client):
        client.admin("switches", fail={"status": 500, "times": 5})
        assert client.admin("switches")["fail"] == [{"times": 5, "status": 500}]
        assert client.web.delete("/_sandbox/switches").get_json()["fail"] == []
        for wrong in ({"nope": 1}, {"fail": {}}, {"statuses_as": "colours"}, {"slow": "very"}):
            assert client.web.post("/_sandbox/switches", data=orjson.dumps(wrong)).status_code == 400

    def test_calls_are_counted_by_operation(self, client: Client):
        client.call("GetGroups")
        client.call("GetGroups")
        counted = client.admin("calls")
        assert counted["calls"] == {"Authenticate": 1, "GetGroups": 2}
        assert counted["total"] == 3


def post(connection: http.client.HTTPConnection, path: str, members: object) -> bytes:
    connection.request("POST", path, json.dumps(members), JSON)
    return connection.getresponse().read()


class TestOverHttp:
    def test_one_connection_carries_many_requests(self, http_port: int):
        link = http.client.HTTPConnection("127.0.0.1", http_port, timeout=10)
        triple = orjson.loads(post(link, f"{BASE}Authenticate/", {"UserName": "demo", "Password": "demo"}))
        own_port = link.sock.getsockname()[1]
        assert orjson.loads(post(link, f"{BASE}GetMessageList/", triple))
        assert link.sock.getsockname()[1] == own_port
        link.close()

    def test_a_cut_connection_breaks_off_after_so_many_bytes(self, http_port: int):
        link = http.client.HTTPConnection("127.0.0.1", http_port, timeout=10)
        triple = orjson.loads(post(link, f"{BASE}Authenticate/", {"UserName": "demo", "Password": "demo"}))
        post(link, "/_sandbox/switches", {"cut": {"op": "GetMessageList", "after_bytes": 300}})
        with pytest.raises(http.client.IncompleteRead) as broken:
            post(link, f"{BASE}GetMessageList/", triple)
        assert len(broken.value.partial) == 300
        link.close()
        assert orjson.loads(post(link, f"{BASE}GetMessageList/", triple))
        link.close()

    def test_a_connection_can_be_cut_before_the_first_byte(self, http_port: int):
        link = http.client.HTTPConnection("127.0.0.1", http_port, timeout=10)
        post(link, "/_sandbox/switches", {"cut": {"after_bytes": 0}})
        with pytest.raises((http.client.RemoteDisconnected, http.client.IncompleteRead, ConnectionError)):
            post(link, f"{BASE}GetMessageList/", {})
        link.close()

    def test_a_slow_answer_keeps_nobody_else_waiting(self, http_port: int):
        slow, quick = (http.client.HTTPConnection("127.0.0.1", http_port, timeout=10) for _ in range(2))
        post(quick, "/_sandbox/switches", {"slow": {"op": "GetGroups", "seconds": 1}})
        began = time.monotonic()
        slow.request("POST", f"{BASE}GetGroups/", "{}", JSON)
        post(quick, f"{BASE}GetMessageList/", {})
        assert time.monotonic() - began < 0.9
        slow.getresponse().read()
        assert time.monotonic() - began >= 1
        slow.close()
        quick.close()
