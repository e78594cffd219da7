"""What each row of Version 1's lists should say, from the activities alone; it shares no code with the product.

Everything is said as a name of several words and its value, so that whatever differs can be named.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from tools.independent import read_only
from tools.independent_activities import BOUNCED, Happened, Told, by

Name = tuple[str, ...]
Said = dict[Name, object]
Row = Mapping[str, object]

MESSAGES, LINKS = "MagnetMail_Message__c", "MagnetMail_Link__c"
EMAIL, CLICKS = "MagnetMail_Email_Tracking__c", "MagnetMail_Link_Tracking__c"
FAX, UNSUBSCRIBES = "MagnetMail_Fax_Tracking__c", "MagnetMail_Unsubscribe__c"
HISTORY = "Real_Magnet_Activity__c"


@dataclass(frozen=True)
class Wanted:
    """What Salesforce should hold: which groups stand in Summary, which in History, and which messages were deleted."""

    summary: frozenset[str]
    history: frozenset[str]
    deleted: frozenset[int] = frozenset()


def figures(happened: Sequence[Happened]) -> dict[str, int]:
    """The figures of one message, or of several, under the names of MagnetMail_Message__c without its `__c`."""

    def count(group: str, *activities: str) -> int:
        return sum(1 for one in happened if one.group == group and (not activities or one.activity in activities))

    def people(group: str) -> int:
        return len({(one.message, one.recipient) for one in happened if one.group == group})

    return {
        "Emails": count("Sent"),
        "Sent": count("Sent") - count("Sent", "In Progress", "Send Failed"),
        "Delivered": count("Sent", "Delivered"),
        "Bounced": count("Sent", *BOUNCED),
        "Opened_People": people("Opened"),
        "Opened_Total": count("Opened"),
        "Links_Clicked": count("Clicked"),
        "Clicked_People": people("Clicked"),
        "Unsubscribed": people("Unsubscribed"),
        "Fax_Sent": count("Fax Sent"),
        "Fax_Delivered": count("Fax Sent", "Fax Successful"),
        "Fax_Failed": count("Fax Sent", "Fax Failed"),
    }


def expected(told: Told, wanted: Wanted) -> dict[str, Said]:
    """Object → everything that its rows should say."""
    standing = [one for one in told.happened if one.message not in wanted.deleted]
    summed = [one for one in standing if one.group in wanted.summary]
    touched = {one.message for one in summed if one.message}
    return {
        MESSAGES: rows(_message(told, number) for number in touched),
        LINKS: rows(_links(one for one in standing if one.message in touched)),
        EMAIL: rows(_per_person(_of(summed, "Sent", "Opened"), _email)),
        CLICKS: rows(_clicks(_of(summed, "Clicked"))),
        FAX: rows(_per_person(_of(summed, "Fax Sent"), _fax)),
        UNSUBSCRIBES: rows(_per_person(_of(summed, "Unsubscribed"), _unsubscribed)),
        HISTORY: rows(_history(one for one in standing if one.group in wanted.history and one.person)),
    }


def rows(found: Iterable[tuple[Name, Row]]) -> Said:
    """Each field of each row under the row's name; rows of one name are numbered in an order that both sides share."""
    said: Said = {}
    ordered = sorted(found, key=lambda pair: (pair[0], sorted((name, str(value)) for name, value in pair[1].items())))
    for name, several in groupby(ordered, key=lambda pair: pair[0]):
        for number, (_, row) in enumerate(several, start=1):
            said |= {(*name, str(number), field): value for field, value in row.items()}
    return said


def _message(told: Told, number: int) -> tuple[Name, Row]:
    own = told.of_messages[number]
    name = told.names.get(number, "")
    channel = "Fax" if any(one.group == "Fax Sent" for one in own) else "E-mail"
    said = {"Name": name[:80], "Message_Name": name, "Channel": channel, "Last_Sent": instant(told.last_sent[number])}
    return (str(number),), said | figures(own)


def _links(happened: Iterable[Happened]) -> Iterator[tuple[Name, Row]]:
    for link, clicks in by((one for one in happened if one.link), lambda one: one.link).items():
        if link is not None:
            people = len({one.recipient for one in clicks})
            said = {"Link_Name": link.label, "Clicks": len(clicks), "People": people, "Message": str(link.message)}
            yield (str(link.message), link.url), said


def _of(happened: Iterable[Happened], *groups: str) -> list[Happened]:
    return [one for one in happened if one.group in groups and one.person]


def _per_person(happened: Iterable[Happened], say: Callable[[Sequence[Happened]], Row]) -> Iterator[tuple[Name, Row]]:
    for (message, _recipient, person), own in by(happened, lambda o: (o.message, o.recipient, o.person)).items():
        yield (str(message), person), {"Message": str(message), **say(own)}


def _clicks(happened: Iterable[Happened]) -> Iterator[tuple[Name, Row]]:
    def key(one: Happened) -> tuple[int, str, int, str]:
        return one.message, one.link.url if one.link else "", one.recipient, one.person

    for (message, url, _recipient, person), own in by(happened, key).items():
        said = {"Message": str(message), "Clicks": len(own), **_first_and_last("Clicked", own)}
        yield (str(message), person, url), said


def _email(own: Sequence[Happened]) -> Row:
    sends = [one for one in own if one.group == "Sent"]
    opens = [one for one in own if one.group == "Opened"]
    bounces = [one for one in sends if one.activity in BOUNCED]
    last = max(bounces, key=lambda one: one.at, default=None)
    return {
        "Sent_Count": len(sends),
        "Opened_Count": len(opens),
        "Status": max(sends, key=lambda one: one.at).activity if sends else "",
        "Delivered": _latest(one for one in sends if one.activity == "Delivered"),
        "Bounced": _latest(bounces),
        "Bounce_Reason": last.activity if last else "",
        **_first_and_last("Sent", sends),
        **_first_and_last("Opened", opens),
    }


def _fax(own: Sequence[Happened]) -> Row:
    return {
        "Sent_Count": len(own),
        "Status": max(own, key=lambda one: one.at).activity,
        "Delivered": _latest(one for one in own if one.activity == "Fax Successful"),
        "Failed": _latest(one for one in own if one.activity == "Fax Failed"),
        **_first_and_last("Sent", own),
    }


def _unsubscribed(own: Sequence[Happened]) -> Row:
    return {"Unsubscribed_Count": len(own), "Channel": "E-mail", **_first_and_last("Unsubscribed", own)}


def _history(happened: Iterable[Happened]) -> Iterator[tuple[Name, Row]]:
    for one in happened:
        said = {"Activity": one.activity, "Link_URL": one.link.url if one.link else ""}
        yield (str(one.message or ""), one.person, one.group, instant(one.at)), said


def _first_and_last(what: str, own: Sequence[Happened]) -> Row:
    moments = [one.at for one in own]
    return {
        f"First_{what}": instant(min(moments, default=None)),
        f"Last_{what}": instant(max(moments, default=None)),
    }


def _latest(own: Iterable[Happened]) -> str:
    return instant(max((one.at for one in own), default=None))


def instant(milliseconds: int | None) -> str:
    """An instant to the second; '' for none."""
    return "" if milliseconds is None else f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%S}"


_FIELDS = {
    MESSAGES: ("Name", "Message_Name", "Channel", "Last_Sent", *figures([])),
    LINKS: ("Link_Name", "Clicks", "People"),
    EMAIL: (
        *("Sent_Count", "Opened_Count", "Status", "Delivered", "Bounced", "Bounce_Reason"),
        *("First_Sent", "Last_Sent", "First_Opened", "Last_Opened"),
    ),
    CLICKS: ("Clicks", "First_Clicked", "Last_Clicked"),
    FAX: ("Sent_Count", "Status", "Delivered", "Failed", "First_Sent", "Last_Sent"),
    UNSUBSCRIBES: ("Unsubscribed_Count", "Channel", "First_Unsubscribed", "Last_Unsubscribed"),
    HISTORY: ("Activity", "Link_URL"),
}
_PERSON = "COALESCE(o.Contact__c, '') || COALESCE(o.Lead__c, '')"
_NAMES = {
    MESSAGES: ("o.Message_Id__c",),
    LINKS: ("o.Message_Id__c", "o.Link_URL__c"),
    CLICKS: ("o.Message_Id__c", _PERSON, "l.Link_URL__c"),
    HISTORY: ("o.Message_Id__c", _PERSON, "o.Activity_Group__c", "o.Activity_Date__c"),
}
_USUAL_NAME = ("o.Message_Id__c", _PERSON)


def standing(salesforce: Path) -> dict[str, Said]:
    """The same of the rows that stand in Salesforce: object → everything that they say."""
    with closing(read_only(salesforce / "org.db")) as org:
        return {sobject: rows(_rows(org.execute(_select(sobject)), sobject)) for sobject in _FIELDS}


def _select(sobject: str) -> str:
    """A lookup is read through: what counts is that it leads to the right row."""
    message = "" if sobject in (MESSAGES, HISTORY) else f" LEFT JOIN {MESSAGES} m ON m.Id = o.Message__c"
    link = f" LEFT JOIN {LINKS} l ON l.Id = o.Link__c" if sobject == CLICKS else ""
    columns = [*_names(sobject), *(f"o.{_column(field)}" for field in _FIELDS[sobject])]
    columns += ["m.Message_Id__c"] if message else []
    return f"SELECT {', '.join(columns)} FROM {sobject} o{message}{link} WHERE o.IsDeleted = 0"  # noqa: S608  # our own words


def _names(sobject: str) -> Sequence[str]:
    return _NAMES.get(sobject, _USUAL_NAME)


def _column(field: str) -> str:
    return field if field == "Name" else f"{field}__c"


def _rows(found: Iterable[Sequence[object]], sobject: str) -> Iterator[tuple[Name, Row]]:
    length = len(_names(sobject))
    fields = (*_FIELDS[sobject], "Message")
    for row in found:
        values = [_plain(value) for value in row]
        yield tuple(str(value) for value in values[:length]), dict(zip(fields, values[length:], strict=False))


def _plain(value: object) -> object:
    """A number as a number, an instant to the second, nothing as ''."""
    if value is None:
        return ""
    if isinstance(value, float):
        return int(value)
    if isinstance(value, str) and value[10:11] == "T" and value[-5:] == "+0000":
        return value[:19]
    return value
