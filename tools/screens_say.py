"""What the screens say, read by a user over HTTP, beside what they should say by an independent count."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tools.independent_activities import Happened, Told, by
from tools.independent_lists import Said, figures
from tools.visiting import Page, Visitor, number

LABELS = {
    "Emails": "Number of E-mails",
    "Sent": "Sent",
    "Delivered": "Delivered",
    "Bounced": "Bounced",
    "Opened_People": "Opened (People)",
    "Opened_Total": "Opened (Total)",
    "Links_Clicked": "Links Clicked",
    "Clicked_People": "Clicked (People)",
    "Unsubscribed": "Unsubscribes",
    "Fax_Sent": "Fax Sent",
    "Fax_Delivered": "Fax Delivered",
    "Fax_Failed": "Fax Failed",
}
"""The figures of a message by the labels that their fields have in Salesforce."""


def people_of(told: Told) -> Mapping[str, Sequence[Happened]]:
    """The activities of each Contact and Lead."""
    return by((one for one in told.happened if one.person), lambda one: one.person)


def panel_wanted(people: Mapping[str, Sequence[Happened]]) -> Said:
    """What the panels of these people should say: how much of each message, by kind."""
    said: Said = {}
    for person, own in people.items():
        counts = Counter(f"{one.message}, {one.group}, {one.activity}" for one in own)
        said |= {(person, what): count for what, count in counts.items()}
        said |= {(person, channel): count for channel, count in _channels(own).items()}
    return said


def _channels(own: Iterable[Happened]) -> Mapping[str, int]:
    """What stands on the filters above a timeline: they are there where there are several channels."""
    found = Counter("Fax" if one.group == "Fax Sent" else "E-mail" for one in own)
    return {**found, "All": found.total()} if len(found) > 1 else {}


def panels(visitor: Visitor, people: Iterable[str]) -> Said:
    """What the panels of these people say, older messages included."""
    said: Said = {}
    for person in people:
        page = visitor.open(f"/people/{person}")
        while True:
            said |= {(person, name): number(value) for name, value in page.figures.items()}
            older = next((one for one in page.addresses if one.startswith(f"/people/{person}/messages?")), None)
            if older is None:
                break
            page = visitor.open(older)
    return said


def messages_wanted(told: Told) -> Said:
    """What the list of messages should say of each."""
    return {
        (str(message), name): value for message, own in told.of_messages.items() for name, value in figures(own).items()
    }


def rows_said(page: Page) -> int:
    """How many rows a preview or a receipt says there are together."""
    found = [row.cells["Rows"] for table in page.tables for row in table.rows if row.cells.get("List") == "Together"]
    return number(found[0]) if found else 0
