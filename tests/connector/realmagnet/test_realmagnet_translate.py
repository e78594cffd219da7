"""How the vendor's dates, codes and spellings are read, the inferred ones from whatever they may turn out to be."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from connector.errors import Misconfigured, UnexpectedAnswer
from connector.model.tracking import Recipient, Report, Tracked, UrlClicks
from connector.realmagnet import translate, wire
from connector.realmagnet.transport import Transport
from connector.settings import Settings


def row(**changes: Any) -> dict[str, Any]:
    return {
        "FaxStatus": 0,
        "MMId": 1,
        "OpenDate": "/Date(-62135578800000-0500)/",
        "Recipient": {"ID": "2778662917", "Email": "a@example.org", "CustomID": "003000000000001AAA"},
        "Remarks": "",
        "ResultDate": "/Date(1470243619063-0400)/",
        "Status": 1,
        **changes,
    }


def test_the_offset_never_shifts_the_instant() -> None:
    assert wire.instant("/Date(1470243619063-0400)/") == 1470243619063
    assert wire.instant("/Date(1470243619063+0900)/") == 1470243619063
    assert wire.instant("/Date(1470243619063)/") == 1470243619063
    assert wire.instant("/Date(928164000000-0400)/") == 928164000000
    assert wire.moment("/Date(928164000000-0400)/") == datetime(1999, 5, 31, 15, 20, tzinfo=UTC)


@pytest.mark.parametrize("nothing", [None, "", "/Date(-62135578800000-0500)/", "1999-05-31T11:20:00", "/Date(x)/"])
def test_no_date_is_no_date(nothing: str | None) -> None:
    assert wire.instant(nothing) == 0
    assert wire.moment(nothing) is None


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("/Date(1470243619063-0400)/", 1470243619063),
        ("/Date(928164000000-0400)/", 928164000000),
        ("/Date(1470243619063)/", 1470243619063),
        ("/Date(-62135578800000-0500)/", 0),
        (None, 0),
    ],
)
def test_rows_read_dates_of_any_length(stamp: str | None, at: int) -> None:
    (found,) = translate.tracked([row(ResultDate=stamp)], Report.SENT)
    assert found == Tracked(Recipient(2778662917, "a@example.org", "003000000000001AAA"), "Delivered", at, "")


@pytest.mark.parametrize(
    ("code", "label"),
    [
        (0, "In Progress"),
        (8, "Send Failed"),
        ("3", "Hard Bounce"),
        ("UNF", "User Not Found"),
        ("MailboxFull", "Mailbox Full"),
        ("mailboxfull", "Mailbox Full"),
        ("Inprogress", "In Progress"),
        ("InProgress", "In Progress"),
        (" Greylisted ", "Greylisted"),
        (42, "42"),
        ("x" * 200, "x" * 80),
        (None, "Unknown"),
    ],
)
def test_a_status_becomes_our_label_and_an_unknown_one_stays(code: Any, label: str) -> None:
    assert translate.tracked([row(Status=code)], Report.SENT)[0].status == label


def test_names_are_found_whatever_their_case_and_spelling() -> None:
    odd = {
        "recipientDetail": {"recipientId": 7, "emailid": "b@example.org", "customMemberId": None},
        "date": "/Date(1470243619063-0400)/",
        "emailStatus": "HB",
        "remark": None,
    }
    total, rows = translate.total_and_rows({"totalrecords": "12", "trackingDetails": [odd]})
    assert total == 12
    assert translate.tracked(rows, Report.BOUNCED) == [
        Tracked(Recipient(7, "b@example.org", ""), "Hard Bounce", 1470243619063, "")
    ]


@pytest.mark.parametrize("answer", [None, [], {"Message": "An error has occurred.", "Status": 0}, {"TotalRecords": -1}])
def test_what_is_no_tracking_page_is_not_read_as_an_empty_one(answer: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        translate.page_of(Report.SENT)(answer)


@pytest.mark.parametrize("damaged", [{"Status": 1}, row(Recipient=None), row(Recipient={"ID": "none", "Email": ""})])
def test_rows_that_cannot_be_read_are_an_error_and_never_lost(damaged: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer):
        translate.tracked([row(), damaged], Report.SENT)


def test_gross_clicks_are_summed_per_url() -> None:
    answer = [{"URL": "u", "GrossClicks": 2}, {"URL": "v", "GrossClicks": 1}, {"URL": "u", "GrossClicks": 3}]
    assert translate.url_clicks(answer) == [UrlClicks("u", 5), UrlClicks("v", 1)]


def test_a_captured_message_is_read() -> None:
    answer = orjson.loads(
        rb'[{"DateCreated":"\/Date(928164000000-0400)\/","GroupsMessageIsSentTo":[1,2],'
        rb'"LastSent":"\/Date(-62135578800000-0500)\/","LoginID":1,"MessageID":9,"MessageName":"Name"}]'
    )
    (message,) = translate.messages(answer)
    assert (message.id, message.name, message.last_sent, message.groups) == (9, "Name", None, (1, 2))


def test_leaving_joining_and_suppression_are_read_from_either_depth() -> None:
    person = {"ID": "5", "Email": "c@example.org", "CustomID": "", "SuppressedDate": "/Date(1470243619063-0400)/"}
    (left,) = translate.unsubscribes([{"Recipient": person, "ResultDate": "/Date(5-0400)/", "MessageName": "M"}])
    assert (left.recipient.id, left.at, left.message_name) == (5, 5, "M")
    (joined,) = translate.subscribes([{"Recipient": person, "DateAdded": "/Date(6-0400)/", "Groups": [3]}])
    assert (joined.recipient.id, joined.at, joined.groups) == (5, 6, (3,))
    for answer in ([{"Recipient": person, "SuppressionType": 2}], [{**person, "Type": "SpamComplaint"}]):
        (barred,) = translate.suppressions(answer)
        assert (barred.recipient.email, barred.at, barred.kind) == ("c@example.org", 1470243619063, "Spam Complaint")


@pytest.mark.parametrize("address", ["http://mail.example.org/Rest/", "ftp://127.0.0.1/", "nothing"])
def test_a_plain_or_strange_address_is_refused(address: str) -> None:
    with pytest.raises(Misconfigured):
        Transport(Settings(realmagnet_url=address))
