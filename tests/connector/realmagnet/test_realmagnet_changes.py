"""Answers to changes whose shapes no public page shows: several spellings are understood, doubt is never success."""

from typing import Any

import pytest
import requests
import responses

from connector.errors import NotFound, Refused, Temporary, UnexpectedAnswer
from connector.model.groups import Member, UploadStatus
from connector.realmagnet import refusals, translate_groups, translate_sends, translate_uploads
from connector.realmagnet.transport import NotTaken, Transport, TurnedAway
from connector.settings import Settings

ROOT = "https://real-magnet.example.org/"
DATE = "/Date(1470243619063-0400)/"


class TestUploadNumbers:
    @pytest.mark.parametrize("answer", [{"ID": 7}, {"Id": "7", "Details": ""}, {"UploadId": 7, "Details": "queued"}])
    def test_are_found_by_several_names(self, answer: dict[str, Any]) -> None:
        assert translate_uploads.number(answer) == 7

    @pytest.mark.parametrize(
        "answer", [None, [], {}, {"ID": 0}, {"ID": None, "Details": None}, {"ID": 0, "Details": ""}]
    )
    def test_nothing_at_all_may_be_an_ended_session(self, answer: Any) -> None:
        assert translate_uploads.number(answer) is None

    @pytest.mark.parametrize("answer", ["done", 7, [7], {"ID": "seven"}])
    def test_another_shape_is_unexpected(self, answer: Any) -> None:
        with pytest.raises(UnexpectedAnswer):
            translate_uploads.number(answer)

    def test_a_refusal_has_a_code_only_if_it_is_one(self) -> None:
        with pytest.raises(Refused, match="group is not yours") as caught:
            translate_uploads.number({"ID": 0, "Details": "The group\nis not yours"})
        assert caught.value.code == ""


class TestUploadStates:
    def test_the_soap_twins_spelling_is_understood(self) -> None:
        answer = {
            "jobid": 3,
            "complete_date": DATE,
            "error": 0,
            "msg": "",
            "total_records": "9",
            "good_records": 8,
            "new_added": 5,
            "old_updated": 3,
        }
        assert translate_uploads.status(answer) == UploadStatus(done=True, total=9, good=8, added=5, updated=3)

    def test_a_cheerful_message_is_no_error(self) -> None:
        answer = {"JobID": 3, "CompleteDate": DATE, "Error": 0, "Message": "Transaction has been completed!"}
        assert translate_uploads.status(answer) == UploadStatus(done=True)

    @pytest.mark.parametrize(
        "told",
        [{"Error": 2, "Message": "bad file"}, {"Error": 2, "ErrorObject": {"ErrorCode": "bad file"}},
         {"errorMessage": "bad file"}],
    )  # fmt: skip
    def test_an_error_ends_it_whatever_the_date(self, told: dict[str, Any]) -> None:
        status = translate_uploads.status({"JobID": 3, "CompleteDate": None, **told})
        assert (status.done, status.error) == (True, "bad file")

    @pytest.mark.parametrize(
        "answer", [None, [], {}, {"JobID": 3, "Error": 0}, {"CompleteDate": DATE, "NewAdded": "x"}]
    )
    def test_what_does_not_tell_whether_it_is_done_is_unexpected(self, answer: Any) -> None:
        with pytest.raises(UnexpectedAnswer):
            translate_uploads.status(answer)


class TestSendJobs:
    @pytest.mark.parametrize(
        "answer",
        [
            {"EmailJobIDs": [9], "FaxJobIDs": []},
            {"email_job_ids": ["9"], "error": 0},
            {"ID": 9},
            {"EmailJobIDs": [0, 9]},
        ],
    )
    def test_are_found_by_several_names(self, answer: dict[str, Any]) -> None:
        assert translate_sends.job(answer) == 9

    @pytest.mark.parametrize("answer", [None, [], {}, {"EmailJobIDs": []}, {"EmailJobIDs": None}, {"ID": 0}, "sent"])
    def test_no_number_is_no_success(self, answer: Any) -> None:
        with pytest.raises(UnexpectedAnswer):
            translate_sends.job(answer)


class TestGroups:
    def test_a_group_made_without_a_number_is_no_success(self) -> None:
        with pytest.raises(UnexpectedAnswer):
            translate_groups.new_group({"Error": 0, "AdditionalParams": "", "Message": "The group has been added!"})

    @pytest.mark.parametrize("answer", [None, [], {"GroupID": 5}, {"GroupID": 5, "TotalInGroup": "many"}])
    def test_a_size_that_is_none_is_unexpected(self, answer: Any) -> None:
        with pytest.raises(UnexpectedAnswer):
            translate_groups.group_size(answer)

    def test_a_message_of_another_shape_is_unexpected_and_zeros_are_none(self) -> None:
        with pytest.raises(UnexpectedAnswer):
            translate_sends.details({"MessageName": "x", "ID": "x"})
        with pytest.raises(NotFound):
            translate_sends.details({"MessageName": "", "ID": 0})

    def test_fields_do_not_name_the_member_id_twice(self) -> None:
        listed = [{"FieldName": "Email", "Label": ""}, {"FieldName": "custom_member_id", "Label": "Id"}]
        found = translate_groups.fields({"CustomFields": listed, "EnhancedFields": None})
        assert [(one.name, one.label) for one in found] == [
            ("Custom_Member_Id", "Custom Member ID"),
            ("Email", "Email"),
        ]

    @pytest.mark.parametrize(
        "answer",
        [
            [{"RecipientId": "4", "EmailId": "a@example.org", "CustomMemberId": None}],
            {"recipients": [{"ID": 4, "Email": "a@example.org", "CustomID": ""}]},
        ],
    )
    def test_members_are_found_by_several_names(self, answer: Any) -> None:
        assert translate_groups.members(answer) == [Member(4, "a@example.org", "")]

    @pytest.mark.parametrize("answer", [None, {}, {"Recipients": None}, [{"Email": "a@example.org"}]])
    def test_members_of_another_shape_are_unexpected(self, answer: Any) -> None:
        with pytest.raises(UnexpectedAnswer):
            translate_groups.members(answer)


class TestWords:
    def test_are_one_short_line_without_a_session(self) -> None:
        text = "Session 0A1B2C3D-0000-1111-2222-333344445555\n  is over. " + "x" * 500
        assert refusals.words(text).startswith("Session … is over. xxx")
        assert len(refusals.words(text)) == refusals.LENGTH
        assert refusals.words(None) == ""

    def test_an_error_without_words_is_named_by_its_number(self) -> None:
        assert refusals.error_text({"Error": 1005.0, "Message": ""}) == "error 1005"
        assert refusals.error_number({"Error": "nonsense"}) == -1


class TestDoor:
    @pytest.mark.parametrize(
        ("told", "error"),
        [
            ({"status": 429}, NotTaken),
            ({"status": 503}, NotTaken),
            ({"status": 400}, TurnedAway),
            ({"status": 403}, TurnedAway),
            ({"status": 500}, UnexpectedAnswer),
            ({"status": 502}, Temporary),
            ({"status": 504}, Temporary),
            ({"body": requests.ConnectTimeout()}, NotTaken),
            ({"body": requests.exceptions.ProxyError()}, NotTaken),
            ({"body": requests.ReadTimeout()}, Temporary),
            ({"body": requests.ConnectionError("broken pipe")}, Temporary),
        ],
    )
    def test_tells_what_was_surely_not_taken_from_the_rest(self, told: dict[str, Any], error: type[Exception]) -> None:
        with responses.RequestsMock() as vendor:
            vendor.post(f"{ROOT}AddGroup/", **told)
            with pytest.raises(Temporary if error is not TurnedAway else Refused) as caught:
                Transport(Settings(realmagnet_url=ROOT)).post("AddGroup", {})
        assert type(caught.value) is error

    def test_nobody_listening_takes_nothing(self) -> None:
        with pytest.raises(NotTaken):
            Transport(Settings(realmagnet_url="http://127.0.0.1:9/")).post("AddGroup", {})
