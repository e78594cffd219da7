"""What an upload does with bad rows and bad mappings, by whatever the account tells people apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.realmagnet.account import Account
from sandbox.realmagnet.app import create_app
from sandbox.realmagnet.seed import LOGIN_ID, Plan, add_groups, add_login
from tests.sandbox.realmagnet.conftest import START, Client, log_in

GROUP = 5
COLUMNS = ("Custom_Member_Id", "Email", "First_Name")


def make(folder: Path, *, by_custom_id: bool = False) -> Account:
    account = Account(folder)
    account.create(START, by_custom_id=by_custom_id)
    account.index_events()
    add_login(account, Plan())
    add_groups(account, {GROUP: [], 6: []}, ["One", "Two"], START)
    return account


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    account = make(tmp_path)
    yield account
    account.close()


@pytest.fixture
def by_id(tmp_path: Path) -> Iterator[Client]:
    account = make(tmp_path / "by id", by_custom_id=True)
    yield log_in(create_app(account).test_client())
    account.close()


def send(client: Client, *rows: str, columns: tuple[str, ...] = COLUMNS, **change: Any) -> int:
    request = {
        "AddOrReplace": "Add",
        "ContainsUnicode": True,
        "Data": "\n".join(rows),
        "GroupId": GROUP,
        "HasHeaderRow": False,
        "LoginId": LOGIN_ID,
        "Mapping": [{"Key": place, "Value": name} for place, name in enumerate(columns, 1)],
        "UpdateExistingRecipients": True,
    }
    return client.call("UploadRecipients", **(request | change))["ID"]


def status(client: Client, job: int) -> dict[str, Any]:
    return client.call("GetUploadStatus", JobID=job)


def upload(client: Client, *rows: str, columns: tuple[str, ...] = COLUMNS, **change: Any) -> dict[str, Any]:
    """The state of an upload that is over."""
    job = send(client, *rows, columns=columns, **change)
    client.admin("clock", advance_seconds=61)
    done = status(client, job)
    assert done["CompleteDate"] is not None
    return done


def members(client: Client, group: int = GROUP) -> list[dict[str, Any]]:
    return client.admin(f"groups/{group}/members")


def people(client: Client) -> list[tuple[str, str]]:
    return sorted((one["custom_id"], one["email"]) for one in members(client))


class TestMapping:
    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            (("Custom_Member_Id", "Email", "Nickname"), "Nickname does not exist"),
            (("Custom_Member_Id", "email", "First_Name"), "email does not exist"),
            (("Custom_Member_Id", "Email", "Custom1"), "Custom1 does not exist"),
            (("Custom_Member_Id", "Email", "EP_99"), "EP_99 does not exist"),
            (("Custom_Member_Id", "Email", "First_Name", "Last_Name"), "a column does not exist"),
            (("Custom_Member_Id", "Email", "Email"), "mapped twice"),
            (("Custom_Member_Id", "First_Name"), "Email is not mapped"),
        ],
    )
    def test_a_bad_one_takes_nothing_and_says_why(self, client: Client, columns: tuple[str, ...], reason: str):
        upload(client, "1,a@example.org,A")
        done = upload(client, "2,b@example.org,B", columns=columns, AddOrReplace="Replace")
        assert (done["Error"], done["TotalRecords"], done["GoodRecords"]) == (2, 0, 0)
        assert done["Message"].startswith("INVALID_MAPPING: ")
        assert reason in done["Message"]
        assert done["ErrorObject"]["ErrorCode"] == "INVALID_MAPPING"
        assert people(client) == [("1", "a@example.org")]

    @pytest.mark.parametrize("key", [0, -1])
    def test_columns_are_counted_from_one(self, client: Client, key: int):
        assert upload(client, "a@example.org", Mapping=[{"Key": key, "Value": "Email"}])["Error"] == 2

    def test_columns_may_be_left_out(self, client: Client):
        upload(client, "1,a@example.org,A", Mapping=[{"Key": 2, "Value": "Email"}])
        assert [(one["email"], one["fields"]) for one in members(client)] == [("a@example.org", {})]

    def test_enhanced_fields_are_kept_and_not_part_of_the_recipient(self, client: Client):
        upload(client, "1,a@example.org,May", columns=("Custom_Member_Id", "Email", "EP_3"))
        [one] = members(client)
        assert one["fields"] == {"EP_3": "May"}
        upload(client, "1,a@example.org,June", columns=("Custom_Member_Id", "Email", "EP_3"))
        assert members(client)[0]["fields"] == {"EP_3": "June"}
        assert "EP_3" not in client.call("SearchRecipient", Email="a@example.org")[0]


class TestRows:
    @pytest.mark.parametrize(
        "address", ["", " ", "a", "a@", "@example.org", "a@example", "a@@example.org", "a b@example.org", "a@b..org"]
    )
    def test_a_row_whose_address_is_none_is_dropped(self, client: Client, address: str):
        done = upload(client, f'"1","{address}","A"', "2,b@example.org,B")
        assert (done["TotalRecords"], done["GoodRecords"], done["NewAdded"]) == (2, 1, 1)
        assert people(client) == [("2", "b@example.org")]

    def test_a_row_with_too_few_or_too_many_cells_is_dropped(self, client: Client):
        done = upload(
            client, "1,a@example.org,A", "2,b@example.org", "3,c@example.org,Jones, Jr.", '4,d@example.org,"D"'
        )
        assert (done["TotalRecords"], done["GoodRecords"]) == (4, 2)

    def test_quotes_commas_and_line_breaks_inside_a_value_survive(self, client: Client):
        upload(client, '"1","a@example.org","O""Neill, ""Ann""\nMarie"')
        assert members(client)[0]["fields"] == {"FirstName": 'O"Neill, "Ann"\nMarie'}

    def test_quotes_that_make_no_sense_end_the_upload(self, client: Client):
        done = upload(client, "1,a@example.org,A", '2,b@example.org,"B" x')
        assert done["Message"].startswith("INVALID_DATA")
        assert people(client) == []

    def test_what_is_mapped_overwrites_even_with_nothing_and_the_rest_stays(self, client: Client):
        upload(client, "1,a@example.org,Ann")
        upload(client, "a@example.org,Jones,", columns=("Email", "Last_Name", "Custom_Member_Id"))
        [one] = members(client)
        assert (one["custom_id"], one["fields"]) == ("", {"FirstName": "Ann", "LastName": "Jones"})

    def test_no_rows_at_all_empty_a_group_that_is_replaced(self, client: Client):
        upload(client, "1,a@example.org,A")
        done = upload(client, AddOrReplace="Replace")
        assert (done["Error"], done["TotalRecords"], members(client)) == (0, 0, [])

    def test_leaving_outlives_an_upload(self, client: Client, account: Account):
        upload(client, "1,a@example.org,A")
        account.connection.execute("UPDATE recipient SET unsubscribed_at = 1")
        upload(client, "1,a@example.org,Z")
        assert client.call("SearchRecipient", Email="a@example.org")[0]["Unsubscribed"] is True


class TestByAddress:
    def test_one_address_is_one_recipient_whatever_the_member_id(self, client: Client):
        done = upload(client, "1,a@example.org,A", "2,A@Example.org,B")
        assert (done["GoodRecords"], people(client)) == (1, [("2", "A@Example.org")])

    def test_the_member_id_need_not_be_mapped(self, client: Client):
        assert upload(client, "a@example.org", columns=("Email",))["GoodRecords"] == 1


class TestByMemberId:
    def test_one_member_id_is_one_recipient_whatever_the_address(self, by_id: Client):
        done = upload(by_id, "X1,a@example.org,A", "x1 ,b@example.org,B", "X2,b@example.org,C")
        assert (done["TotalRecords"], done["GoodRecords"], done["NewAdded"]) == (3, 2, 2)
        assert people(by_id) == [("X2", "b@example.org"), ("x1", "b@example.org")]

    def test_a_later_upload_finds_them_and_moves_the_address(self, by_id: Client):
        upload(by_id, "X1,a@example.org,A")
        done = upload(by_id, "X1,new@example.org,A")
        assert (done["NewAdded"], done["OldUpdated"]) == (0, 1)
        assert people(by_id) == [("X1", "new@example.org")]
        assert by_id.call("SearchRecipient", Email="a@example.org") == []
        assert len(by_id.call("SearchRecipient", Email="new@example.org")) == 1

    def test_rows_without_one_or_without_an_address_are_dropped(self, by_id: Client):
        done = upload(by_id, ",a@example.org,A", " ,b@example.org,B", "X3,,C", "X4,d@example.org,D")
        assert (done["TotalRecords"], done["GoodRecords"]) == (4, 1)
        assert people(by_id) == [("X4", "d@example.org")]

    def test_it_must_be_mapped(self, by_id: Client):
        done = upload(by_id, "a@example.org", columns=("Email",))
        assert done["Message"] == "INVALID_MAPPING: Custom_Member_Id is not mapped"

    def test_one_by_one_it_is_mandatory_and_tells_people_apart(self, by_id: Client):
        assert by_id.call("AddRecipient", Email="a@example.org")["ErrorObject"]["ErrorCode"] == "NO_CUSTOM_ID"
        first = by_id.call("AddRecipient", Email="a@example.org", CustomID="X1")
        assert by_id.call("AddRecipient", Email="a@example.org", CustomID="X2")["Error"] == 0
        again = by_id.call("AddRecipient", Email="c@example.org", CustomID="x1")
        assert (again["Error"], again["AdditionalParams"]) == (1005, first["AdditionalParams"])
        edited = by_id.call("EditRecipient", ID=int(first["AdditionalParams"]), Email="a@example.org", CustomID="X2")
        assert edited["Error"] == 1005

    def test_upserts_want_it_too(self, by_id: Client):
        details = {"Email": "a@example.org"}
        answer = by_id.call("UpsertRecipient", RecipientDetails=details, UpsertType="add", ValidateEmail=True)
        assert (answer["ID"], answer["Details"]) == (0, "NO_CUSTOM_ID")
        details["CustomMemberID"] = "X1"
        assert by_id.call("UpsertRecipient", RecipientDetails=details, UpsertType="add", ValidateEmail=True)["ID"] > 0


class TestSwitches:
    def test_an_upload_can_be_held_back(self, client: Client):
        client.admin("switches", upload_delay={"seconds": 600})
        held, usual = send(client, "1,a@example.org,A"), send(client, "2,b@example.org,B")
        client.admin("clock", advance_seconds=61)
        assert status(client, held)["CompleteDate"] is None
        assert status(client, usual)["CompleteDate"] is not None
        client.admin("clock", advance_seconds=600)
        assert status(client, held)["GoodRecords"] == 1

    def test_or_done_at_once(self, client: Client):
        client.admin("switches", upload_delay={"seconds": 0, "times": -1})
        assert status(client, send(client, "1,a@example.org,A"))["GoodRecords"] == 1

    def test_a_later_upload_can_be_done_before_an_earlier_one(self, client: Client):
        client.admin("switches", overtake={"seconds": 600}, upload_delay={"seconds": 0, "times": -1})
        earlier = send(client, "1,a@example.org,A", AddOrReplace="Replace")
        assert status(client, earlier)["CompleteDate"] is None
        send(client, "2,b@example.org,B")
        assert status(client, earlier)["CompleteDate"] is not None
        assert people(client) == [("1", "a@example.org")], "the addition was replaced: it came first"

    def test_an_upload_that_nothing_overtakes_is_done_in_the_end(self, client: Client):
        client.admin("switches", overtake={"seconds": 30})
        assert upload(client, "1,a@example.org,A")["GoodRecords"] == 1

    def test_rows_can_get_lost(self, client: Client):
        client.admin("switches", lose_rows={"every": 2})
        rows = [f"{n},p{n}@example.org,P" for n in range(5)]
        done = upload(client, *rows)
        assert (done["TotalRecords"], done["GoodRecords"], done["GroupCount"]) == (5, 3, 3)
        assert upload(client, *rows)["GoodRecords"] == 5

    @pytest.mark.parametrize(("switch", "taken"), [("fail", 0), ("lose_answer", 1)])
    def test_a_failure_strikes_before_or_after_it_is_taken(self, client: Client, switch: str, taken: int):
        client.admin("switches", **{switch: {"op": "UploadRecipients", "status": 500}})
        members = {"AddOrReplace": "Add", "Data": "", "GroupId": GROUP, "LoginId": LOGIN_ID, "Mapping": []}
        assert client.post("UploadRecipients", **members).status_code == 500
        assert len(client.admin("uploads")) == taken
        assert client.post("UploadRecipients", **members).status_code == 200

    @pytest.mark.parametrize("wrong", [{"upload_delay": {}}, {"overtake": 5}, {"lose_rows": {}}, {"lose_answer": {}}])
    def test_a_rule_that_lacks_its_number_is_refused(self, client: Client, wrong: dict[str, Any]):
        assert client.web.post("/_sandbox/switches", json=wrong).status_code == 400


class TestOwnAddresses:
    def test_groups_members_and_uploads_can_be_looked_at(self, client: Client):
        upload(client, "1,a@example.org,A", "2,,B")
        assert client.admin("groups") == [
            {"id": GROUP, "name": "One", "members": 1},
            {"id": 6, "name": "Two", "members": 0},
        ]
        [one] = members(client)
        assert (one["custom_id"], one["email"], one["fields"]) == ("1", "a@example.org", {"FirstName": "A"})
        assert members(client, 6) == members(client, 99) == []
        [job] = client.admin("uploads")
        assert (job["group_id"], job["total"], job["good"], job["replace"]) == (GROUP, 2, 1, False)
        assert (job["done_at"] is not None, job["error"]) == (True, "")

    def test_an_upload_that_nobody_asked_about_is_done_too(self, client: Client):
        send(client, "1,a@example.org,A")
        client.admin("clock", advance_seconds=61)
        assert len(members(client)) == 1


def test_an_account_of_an_earlier_version_takes_uploads_too(tmp_path: Path):
    account = make(tmp_path)
    account.connection.executescript(
        "DROP TABLE enhanced_value; DROP INDEX recipient_suppressed; DROP INDEX recipient_left;"
        "DELETE FROM state WHERE name = 'by custom id'"
    )
    client = log_in(create_app(account).test_client())
    assert upload(client, "1,a@example.org,May", columns=("Custom_Member_Id", "Email", "EP_3"))["GoodRecords"] == 1
    account.close()
