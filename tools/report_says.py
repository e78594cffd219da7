"""What the Activity Report says to several questions, beside what it should say by an independent count."""

from collections.abc import Callable, Mapping, Sequence

from tools.independent_activities import Happened, Told, by
from tools.independent_lists import Said
from tools.visiting import VisitError, Visitor, number

_KINDS = {"003": "Contact", "00Q": "Lead", "": "Not in Salesforce"}


def _channel(one: Happened) -> str:
    return "Fax" if one.group == "Fax Sent" else "E-mail"


def questions(told: Told) -> Mapping[str, Callable[[Happened], str]]:
    """What rows can be, each with the heading under which an activity belongs."""
    return {
        "group": lambda one: one.group,
        "channel": _channel,
        "message": lambda one: told.names.get(one.message, "No message"),
        "person": lambda one: _KINDS[one.person[:3]],
    }


def wanted(told: Told) -> Said:
    """Every question by activities and by people; with the groups as columns, and the total."""
    said: Said = {}
    for rows, heading in questions(told).items():
        for count in ("activities", "people"):
            for head, own in by(told.happened, heading).items():
                said[rows, count, head, "Total"] = _count(own, count)
                if rows != "group":
                    said |= {
                        (rows, count, head, group): _count(one, count)
                        for group, one in by(own, lambda o: o.group).items()
                    }
            said[rows, count, "Total", "Total"] = _count(told.happened, count)
    return said


def _count(happened: Sequence[Happened], what: str) -> int:
    return len(happened) if what == "activities" else len({one.recipient for one in happened})


def answers(visitor: Visitor, told: Told) -> Said:
    """The same from the report's own table, of all time."""
    said: Said = {}
    for rows in questions(told):
        columns = "none" if rows == "group" else "group"
        for count in ("activities", "people"):
            page = visitor.open(f"/report?rows={rows}&columns={columns}&count={count}&period=all")
            tables = [table for table in page.tables if "each number leads" in table.name]
            if not tables:
                raise VisitError(f"The report by {rows} has no table: {page.text[:300]}")
            for row in tables[0].rows:
                cells = list(row.cells.items())
                for head, value in cells[1:]:
                    if cells[0][1] != "Total" or head == "Total":
                        said[rows, count, cells[0][1], head] = number(value)
    return said
