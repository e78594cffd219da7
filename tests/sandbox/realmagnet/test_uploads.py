from typing import Any

import pytest

from sandbox.realmagnet.account import Account
from tests.sandbox.realmagnet.conftest import Client

HEADER = '"Custom_Member_Id","First_Name","Last_Name","Email","custom2"\n'
MAPPING = ("Custom_Member_Id", "First_Name", "Last_Name", "Email", "custom2")


@pytest.fixture
def group(client: Client) -> int:
    return int(client.call("AddGroup", GroupName="Uploaded")["AdditionalParams"])


def upload(client: Client, group: int, rows: str, **change: Any) -> int:
    request: dict[str, Any] = {
        "AddOrReplace": "Add",
        "ContainsUnicode": True,
        "Data": HEADER + rows,
        "GroupId": group,
        "HasHeaderRow": True,
        "LoginId": 412001,
        "Mapping": [{"Key": place + 1, "Value": name} for place, name in enumerate(MAPPING)],
        "UpdateExistingRecipients": True,
    }
    return client.call("UploadRecipients", **(request | change))["ID"]


def finish(client: Client, job: int) -> dict[str, Any]:
    client.admin("clock", advance_seconds=61)
    status = client.call("GetUploadStatus", JobID=job)
    assert status["CompleteDate"] is not None
    return status


def emails(client: Client, group: int) -> set[str]:
    rows = client.call("GetGroupRecipients", GroupID=group, PageNumber=1, PageCount=500)["Recipients"]
    return {row["EmailId"] for row in rows}


def test_an_upload_is_taken_now_and_applied_later(client: Client, group: int, account: Account):
    job = upload(client, group, '"X1","Nia","Jones, Jr.","nia@example.org","DE"')
    account.connection.execute("UPDATE upload SET due_wall = due_wall + 60000")
    status = client.call("GetUploadStatus", JobID=job)
    assert (status["CompleteDate"], status["GroupCount"], status["TotalRecords"]) == (None, 0, 0)
    done = finish(client, job)
    assert (done["TotalRecords"], done["GoodRecords"], done["NewAdded"], done["GroupCount"]) == (1, 1, 1, 1)
    [found] = client.call("SearchRecipient", CustomID="X1")
    assert (found["LastName"], found["CustomField2"]) == ("Jones, Jr.", "DE")


def test_an_upload_ends_by_the_wall_too(client: Client, group: int, account: Account):
    job = upload(client, group, '"X1","Nia","Jones","nia@example.org",""')
    account.connection.execute("UPDATE upload SET due_wall = 0")
    assert client.call("GetUploadStatus", JobID=job)["CompleteDate"] is not None


def test_the_same_address_twice_is_one_row_and_none_is_dropped(client: Client, group: int):
    rows = '"1","A","a","one@example.org",""\n"2","B","b","ONE@example.org",""\n"3","C","c","",""\n"4","D","d","x",""'
    done = finish(client, upload(client, group, rows))
    assert (done["TotalRecords"], done["GoodRecords"]) == (4, 1)
    assert client.call("SearchRecipient", Email="one@example.org")[0]["FirstName"] == "B"


def test_replace_empties_the_group_and_keeps_the_people(client: Client, group: int):
    finish(client, upload(client, group, '"1","A","a","one@example.org",""'))
    finish(client, upload(client, group, '"2","B","b","two@example.org",""'))
    assert emails(client, group) == {"one@example.org", "two@example.org"}
    finish(client, upload(client, group, '"3","C","c","three@example.org",""', AddOrReplace="Replace"))
    assert emails(client, group) == {"three@example.org"}
    assert client.call("SearchRecipient", Email="one@example.org")


def test_people_who_exist_change_only_when_told(client: Client, group: int):
    finish(client, upload(client, group, '"1","A","a","one@example.org",""'))
    finish(client, upload(client, group, '"1","Z","z","one@example.org",""', UpdateExistingRecipients=False))
    assert client.call("SearchRecipient", Email="one@example.org")[0]["FirstName"] == "A"
    finish(client, upload(client, group, '"1","Z","z","one@example.org",""'))
    assert client.call("SearchRecipient", Email="one@example.org")[0]["FirstName"] == "Z"


def test_letters_survive_only_when_unicode_was_said(client: Client, group: int):
    finish(client, upload(client, group, '"1","Ελένη","佐藤","one@example.org",""'))
    finish(client, upload(client, group, '"2","Ελένη","佐藤","two@example.org",""', ContainsUnicode=False))
    assert client.call("SearchRecipient", Email="one@example.org")[0]["FirstName"] == "Ελένη"
    assert client.call("SearchRecipient", Email="two@example.org")[0]["FirstName"] == "?????"


def test_an_unknown_group_login_or_job_is_told_at_once(client: Client, group: int):
    assert upload(client, 1, "") == 0
    assert client.call("UploadRecipients", AddOrReplace="Add", Data="", GroupId=group, LoginId=5, Mapping=[]) == {
        "Details": "INVALID_LOGIN",
        "ID": 0,
        "Result": None,
    }
    assert client.call("GetUploadStatus", JobID=999)["Message"] == "JOB_NOT_FOUND"


@pytest.mark.parametrize(
    "change", [{"AddOrReplace": "Merge"}, {"Mapping": "x"}, {"Mapping": [1]}, {"Data": None}, {"LoginId": None}]
)
def test_a_malformed_request_is_a_400_page(client: Client, group: int, change):
    base = {"AddOrReplace": "Add", "Data": HEADER, "GroupId": group, "Mapping": [{"Key": 4, "Value": "Email"}]}
    assert client.post("UploadRecipients", **(base | {"LoginId": 412001})).status_code == 200
    assert client.post("UploadRecipients", **(base | {"LoginId": 412001} | change)).status_code == 400
