"""Groups: found, counted, made once, and read member by member."""

from collections import Counter
from typing import Any

import pytest

from connector.errors import CredentialsRefused, NotFound, Refused, Temporary, UnexpectedAnswer, Unsure
from connector.model.groups import Group, RecipientField
from connector.realmagnet import groups as groups_module
from connector.realmagnet.gateway import RealMagnet
from tests.connector.realmagnet import troubles
from tests.connector.realmagnet.conftest import FIRST_MEMBER, GROUP, MEMBERS, Vendor


def standing(desk: Vendor, name: str) -> list[int]:
    return [group["id"] for group in desk.look("groups") if group["name"] == name]


class TestFinding:
    def test_hidden_groups_are_listed_too(self, desk: Vendor, clerk: RealMagnet) -> None:
        number = clerk.create_group("Hidden away")
        desk.account.connection.execute("UPDATE list_group SET shown = 0 WHERE id = ?", (number,))
        found = {group.id: group for group in clerk.groups()}
        assert found.keys() == {group["id"] for group in desk.look("groups")}
        assert found[number] == Group(number, "Hidden away", shown=False)
        assert found[GROUP].shown
        assert found[GROUP].updated is not None

    @pytest.mark.parametrize("name", ["Members", "mEMBERS", "  members "])
    def test_a_name_is_found_however_it_is_typed(self, clerk: RealMagnet, name: str) -> None:
        assert [group.id for group in clerk.groups_named(name)] == [GROUP]

    def test_a_name_may_be_there_twice_or_not_at_all(self, clerk: RealMagnet) -> None:
        twice = [clerk.create_group("Twice"), clerk.create_group("Twice")]
        assert [group.id for group in clerk.groups_named("twice")] == twice
        assert clerk.groups_named("Member") == []

    @pytest.mark.parametrize(
        "trouble",
        [
            {"fail": {"op": "GetGroupsEx", "status": 404, "times": -1}},
            {"half_body": {"op": "GetGroupsEx", "times": -1}},
        ],
    )
    def test_without_the_search_every_group_is_looked_through(
        self, desk: Vendor, clerk: RealMagnet, trouble: dict[str, Any]
    ) -> None:
        desk.switch(**trouble)
        assert [group.id for group in clerk.groups_named("Members")] == [GROUP]

    def test_a_service_in_trouble_is_not_looked_through(self, desk: Vendor, clerk: RealMagnet) -> None:
        desk.switch(fail={"op": "GetGroupsEx", "status": 503, "times": -1})
        with pytest.raises(Temporary):
            clerk.groups_named("Members")
        assert "GetGroups" not in clerk.calls

    def test_a_changed_password_is_told_at_once(self, desk: Vendor, clerk: RealMagnet) -> None:
        desk.account.connection.execute("UPDATE login SET password = 'another'")
        desk.switch(expire_sessions=True)
        try:
            with pytest.raises(CredentialsRefused):
                clerk.groups_named("Members")
        finally:
            desk.account.connection.execute("UPDATE login SET password = 'demo'")

    @pytest.mark.parametrize("ended", troubles.ENDED)
    def test_an_ended_session_is_not_taken_for_an_account_without_groups(
        self, desk: Vendor, clerk: RealMagnet, ended: str
    ) -> None:
        assert clerk.groups()
        desk.switch(expired_answer=ended, expire_sessions=True)
        assert [group.id for group in clerk.groups_named("Members")] == [GROUP]
        desk.switch(expire_sessions=True)
        assert clerk.groups()


class TestSize:
    def test_counts_members_and_those_whom_nothing_reaches(self, desk: Vendor, clerk: RealMagnet) -> None:
        desk.account.connection.execute(
            "UPDATE recipient SET suppressed_at = ?, unsubscribed_at = ? WHERE id = ?", (1, 1, FIRST_MEMBER)
        )
        desk.account.connection.execute("INSERT INTO group_unsubscribe VALUES (?, ?, 1)", (GROUP, FIRST_MEMBER + 1))
        try:
            size = clerk.group_size(GROUP)
        finally:
            desk.account.connection.execute("UPDATE recipient SET suppressed_at = NULL, unsubscribed_at = NULL")
            desk.account.connection.execute("DELETE FROM group_unsubscribe")
        assert (size.members, size.suppressed, size.unsubscribed) == (MEMBERS, 1, 2)
        assert size.updated is not None

    def test_an_unknown_group_is_not_an_empty_one(self, clerk: RealMagnet) -> None:
        with pytest.raises(NotFound):
            clerk.group_size(1)


class TestMaking:
    def test_a_new_group_is_there_and_empty(self, clerk: RealMagnet) -> None:
        number = clerk.create_group("  Board  ")
        assert [group.id for group in clerk.groups_named("Board")] == [number]
        size = clerk.group_size(number)
        assert (size.members, size.updated) == (0, None)

    def test_a_refusal_says_what_the_vendor_said(self, clerk: RealMagnet) -> None:
        with pytest.raises(Refused, match="INVALID_GROUP_NAME") as caught:
            clerk.create_group("x" * 51)
        assert caught.value.code == "INVALID_GROUP_NAME"
        assert caught.value.advice
        assert clerk.calls == Counter(Authenticate=1, AddGroup=1)

    @pytest.mark.parametrize("trouble", troubles.done("AddGroup"))
    def test_a_lost_answer_makes_no_second_group(
        self, desk: Vendor, clerk: RealMagnet, trouble: dict[str, Any], request: pytest.FixtureRequest
    ) -> None:
        name = f"Lost {request.node.callspec.id}"[:50]
        desk.switch(**trouble)
        with pytest.raises(Unsure) as caught:
            clerk.create_group(name)
        assert clerk._session._session_id not in repr(caught.value)
        assert len(standing(desk, name)) == 1
        assert clerk.calls["AddGroup"] == 1

    @pytest.mark.parametrize("trouble", troubles.turned_away("AddGroup"))
    def test_turned_away_is_known_not_to_be_done(
        self, desk: Vendor, clerk: RealMagnet, trouble: dict[str, Any]
    ) -> None:
        desk.switch(**trouble)
        with pytest.raises(Temporary) as caught:
            clerk.create_group("Turned away")
        assert not isinstance(caught.value, Unsure)
        assert standing(desk, "Turned away") == []

    @pytest.mark.parametrize("ended", troubles.ENDED)
    def test_an_ended_session_costs_a_login_and_makes_one_group(
        self, desk: Vendor, clerk: RealMagnet, ended: str
    ) -> None:
        desk.switch(expired_answer=ended, expire_sessions=True)
        number = clerk.create_group(f"After {ended}")
        assert standing(desk, f"After {ended}") == [number]
        assert clerk.calls == Counter(Authenticate=2, AddGroup=2)

    def test_a_session_that_never_works_is_unsure(self, desk: Vendor, clerk: RealMagnet) -> None:
        desk.switch(expired_answer="null", expire={"op": "AddGroup", "times": -1})
        with pytest.raises(Unsure):
            clerk.create_group("Never")
        assert clerk.calls["AddGroup"] == 2


class TestFields:
    def test_the_member_id_comes_first_and_enhanced_fields_last(self, clerk: RealMagnet) -> None:
        fields = clerk.recipient_fields()
        assert fields[0] == RecipientField("Custom_Member_Id", "Custom Member ID")
        assert fields[1] == RecipientField("Email", "Email")
        assert RecipientField("custom1", "Title") in fields
        assert fields[-1] == RecipientField("EP_3", "Renewal_Month")


class TestMembers:
    @pytest.mark.parametrize(("size", "pages"), [(2, [2, 2, 2]), (4, [4, 2]), (2000, [6])])
    def test_come_page_by_page(
        self, clerk: RealMagnet, monkeypatch: pytest.MonkeyPatch, size: int, pages: list[int]
    ) -> None:
        monkeypatch.setattr(groups_module, "PAGE", size)
        found = list(clerk.members(GROUP))
        assert [len(page) for page in found] == pages
        members = [member for page in found for member in page]
        assert [member.recipient_id for member in members] == list(range(FIRST_MEMBER, FIRST_MEMBER + MEMBERS))
        assert (members[0].email, members[0].custom_id) == ("p0@people.example", "P0")

    def test_nobody_is_no_page(self, clerk: RealMagnet) -> None:
        assert list(clerk.members(7)) == []

    @pytest.mark.parametrize("ended", troubles.ENDED)
    def test_a_session_that_ends_half_way_loses_nobody(
        self, desk: Vendor, clerk: RealMagnet, monkeypatch: pytest.MonkeyPatch, ended: str
    ) -> None:
        monkeypatch.setattr(groups_module, "PAGE", 2)
        desk.switch(expired_answer=ended, expire={"op": "GetGroupRecipients", "after": 1})
        assert sum(len(page) for page in clerk.members(GROUP)) == MEMBERS

    @pytest.mark.parametrize("size", [MEMBERS, MEMBERS - 1])
    def test_a_vendor_that_knows_no_paging_is_read_once(
        self, clerk: RealMagnet, monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        monkeypatch.setattr(groups_module, "PAGE", size)
        ask = clerk._session.ask

        def without_paging(operation: str, body: dict[str, Any], shape: Any) -> Any:
            return ask(operation, {"GroupID": body["GroupID"]}, shape)

        monkeypatch.setattr(clerk._session, "ask", without_paging)
        assert [len(page) for page in clerk.members(GROUP)] == [MEMBERS]


def test_an_answer_of_another_shape_is_unexpected(desk: Vendor, clerk: RealMagnet) -> None:
    desk.switch(half_body={"op": "GetRecipientFields", "times": -1})
    with pytest.raises(UnexpectedAnswer):
        clerk.recipient_fields()
