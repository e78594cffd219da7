"""The columns of the list of messages: their headings on the screen and in the file."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """A figure by its name, its heading, and what the figure is measured against for a small bar, if it is."""

    name: str = field(repr=False)
    heading: str
    of: str = ""
    fax: bool = field(default=False, repr=False)


FIGURES = (
    Column("emails", "Number of e-mails"),
    Column("sent", "Sent"),
    Column("delivered", "Delivered"),
    Column("bounced", "Bounced"),
    Column("opened_people", "Opened (people)", of="delivered"),
    Column("opened_total", "Opened (total)"),
    Column("clicked_people", "Clicked (people)", of="delivered"),
    Column("links_clicked", "Links clicked"),
    Column("unsubscribed", "Unsubscribes"),
    Column("fax_sent", "Fax sent", fax=True),
    Column("fax_delivered", "Fax delivered", fax=True),
    Column("fax_failed", "Fax failed", fax=True),
)

SORTABLE = {
    "last_sent": "Last sent",
    "name": "Message",
    "channels": "Channel",
    **{column.name: column.heading for column in FIGURES},
}


def share(part: int, whole: int) -> float:
    """Per cent of a whole with one decimal; never more than all of it, nothing of nothing."""
    return min(100.0, round(100 * part / whole, 1)) if whole > 0 else 0.0
