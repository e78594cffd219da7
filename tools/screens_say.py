"""What the screens say, read by a user over HTTP, beside what they should say by an independent count."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tools.independent_activities import BOUNCED, Happened, Told, by
from tools.independent_lists import Said, figures
from tools.visiting import Page, Visitor, number

HEADINGS = {
    "Emails": "Number of e-mails",
    "Sent": "Sent",
    "Delivered": "Delivered",
    "Bounced": "Bounced",
    "Opened_People": "Opened (people)",
    "Opened_Total": "Opened (total)",
    "Clicked_People": "Clicked (people)",
    "Links_Clicked": "Links clicked",
    "Unsubscribed": "Unsubscribes",
    "Fax_Sent": "Fax sent",
    "Fax_Delivered": "Fax delivered",
    "Fax_Failed": "Fax failed",
}
"""The figures of a message by their headings in the list."""
OF_ONE = {**HEADINGS, "Emails": "E-mails", "Fax_Sent": "Fax: Sent", "Fax_Delivered": "Fax: Delivered"}
OF_ONE["Fax_Failed"] = "Fax: Failed"
FUNNEL = {"Sent": "Sent", "Delivered": "Delivered", "Opened": "Opened_People", "Clicked": "Clicked_People"}


def messages_wanted(told: Told) -> Said:
    """What the list of messages should say of each, and of all together."""
    every = {str(message): figures(own) for message, own in told.of_messages.items()}
    every["Together"] = figures(told.happened)
    return {(name, HEADINGS[what]): count for name, own in every.items() for what, count in own.items()}


def messages(visitor: Visitor) -> Said:
    """What the list of messages says, all of its pages."""
    said: Said = {}
    page, place = visitor.open("/messages"), 1
    while True:
        for row in page.table("Messages with what became of them").rows:
            links = [link for link in row.links if link.startswith("/messages/")]
            name = links[0].rpartition("/")[2] if links else "Together"
            said |= {(name, head): number(row.cells[head]) for head in HEADINGS.values() if head in row.cells}
        place += 1
        if not any(f"page={place}" in address for address in page.addresses):
            return said
        page = visitor.open(f"/messages?page={place}")


def message_wanted(own: Sequence[Happened]) -> Said:
    """What the page of one message should say."""
    counted = figures(own)
    said: Said = {(OF_ONE[what],): count for what, count in counted.items()}
    said |= {(f"Funnel: {step}",): counted[what] for step, what in FUNNEL.items()}
    said |= {(f"Came back: {one}",): sum(1 for o in own if o.activity == one) for one in BOUNCED}
    for link, clicks in by((one for one in own if one.link), lambda one: one.link).items():
        if link is not None:
            said[link.url, "Clicks"] = len(clicks)
            said[link.url, "People"] = len({one.recipient for one in clicks})
    for (recipient, group, activity), what in by(own, lambda o: (o.recipient, o.group, o.activity)).items():
        said[f"{recipient}, {group}, {activity}",] = len(what)
    for group in ("Opened", "Clicked"):
        said["after it was sent", group] = counted["Opened_Total" if group == "Opened" else "Links_Clicked"]
    said["neither a Contact nor a Lead",] = len({one.recipient for one in own if not one.person})
    return said


def message(visitor: Visitor, number_of_it: int) -> Said:
    """What the page of one message says, all pages of its recipients included."""
    page = visitor.open(f"/messages/{number_of_it}")
    said: Said = {(name,): number(value) for name, value in page.figures.items() if "progress" not in name}
    said.pop(("Could not be sent",), None)
    for table in page.tables:
        if "Links of this message" in table.name:
            for row in (row for row in table.rows if row.links):
                said |= {(row.links[0], head): number(row.cells[head]) for head in ("Clicks", "People")}
        if "by hours after" in table.name:
            for group in ("Opened", "Clicked"):
                found = sum(number(row.cells[group]) for row in table.rows if row.cells)
                said["after it was sent", group] = found
    said["neither a Contact nor a Lead",] = _unmatched(page)
    return said | _recipients(visitor, number_of_it, page)


def _unmatched(page: Page) -> int:
    before, found, _ = page.text.partition(" neither a Contact nor a Lead")
    return number(before.rsplit(" ", 3)[-3]) if found else 0


def _recipients(visitor: Visitor, number_of_it: int, page: Page) -> Said:
    said: Said = {}
    while True:
        base = f"/messages/{number_of_it}/recipients?did=all"
        said |= {(name,): number(value) for name, value in page.figures.items() if name.count(", ") == 2}  # three words
        more = next((one for one in page.addresses if one.startswith(base) and "after=" in one), None)
        if more is None:
            return said
        page = visitor.open(more)


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


def rows_said(page: Page) -> int:
    """How many rows a preview or a receipt says there are together."""
    found = [row.cells["Rows"] for table in page.tables for row in table.rows if row.cells.get("List") == "Together"]
    return number(found[0]) if found else 0
