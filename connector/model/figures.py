"""What each figure of a message counts, in one table: screens, aggregates in Salesforce and checks all read it here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from connector.model.activity import BOUNCES, DELIVERED, FAX_FAILED, FAX_SUCCESSFUL, IN_PROGRESS, ActivityGroup

WHOLE = ""
"""The activity under which `figures` sums up a whole group."""
SEND_FAILED = "Send Failed"


class Of(StrEnum):
    """Whether each activity counts, or each recipient once."""

    ACTIVITIES = "count"
    PEOPLE = "people"


@dataclass(frozen=True)
class Rule:
    """A figure: these activities of a group added up, less those; of WHOLE alone for everything in the group."""

    group: ActivityGroup
    plus: tuple[str, ...] = (WHOLE,)
    minus: tuple[str, ...] = ()
    of: Of = Of.ACTIVITIES


@dataclass(frozen=True)
class Figures:
    """The figures of one message, or of several added up. Named as the fields of MagnetMail_Message__c."""

    emails: int = field(default=0, repr=False)
    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    failed: int = 0
    in_progress: int = 0
    opened_people: int = 0
    opened_total: int = 0
    links_clicked: int = 0
    clicked_people: int = 0
    unsubscribed: int = 0
    fax_sent: int = 0
    fax_delivered: int = 0
    fax_failed: int = 0
    fax_in_progress: int = 0

    def values(self) -> dict[str, int]:
        """Each figure by its name."""
        return asdict(self)


_SENT, _OPENED, _CLICKED = ActivityGroup.SENT, ActivityGroup.OPENED, ActivityGroup.CLICKED
_FAX = ActivityGroup.FAX_SENT

RULES: dict[str, Rule] = {
    "emails": Rule(_SENT),
    "sent": Rule(_SENT, minus=(IN_PROGRESS, SEND_FAILED)),
    "delivered": Rule(_SENT, plus=(DELIVERED,)),
    "bounced": Rule(_SENT, plus=BOUNCES),
    "failed": Rule(_SENT, plus=(SEND_FAILED,)),
    "in_progress": Rule(_SENT, plus=(IN_PROGRESS,)),
    "opened_people": Rule(_OPENED, of=Of.PEOPLE),
    "opened_total": Rule(_OPENED),
    "links_clicked": Rule(_CLICKED),
    "clicked_people": Rule(_CLICKED, of=Of.PEOPLE),
    "unsubscribed": Rule(ActivityGroup.UNSUBSCRIBED, of=Of.PEOPLE),
    "fax_sent": Rule(_FAX),
    "fax_delivered": Rule(_FAX, plus=(FAX_SUCCESSFUL,)),
    "fax_failed": Rule(_FAX, plus=(FAX_FAILED,)),
    "fax_in_progress": Rule(_FAX, plus=(IN_PROGRESS,)),
}
"""`emails` are all sends of a message whatever became of them, `sent` those that left. `fax_sent` are all faxes, as
Real Magnet's own report of that name counts them."""


@dataclass(frozen=True)
class Counted:
    """A row of `figures`: how many activities, of how many different recipients."""

    count: int
    people: int


def of_message(counted: Mapping[tuple[str, str], Counted]) -> Figures:
    """The figures of one message from its rows of `figures`: (activity group, activity) → counted."""
    return Figures(**{name: _figure(rule, counted) for name, rule in RULES.items()})


def _figure(rule: Rule, counted: Mapping[tuple[str, str], Counted]) -> int:
    def total(activities: tuple[str, ...]) -> int:
        found = [counted.get((rule.group, activity), Counted(0, 0)) for activity in activities]
        return sum(one.people if rule.of is Of.PEOPLE else one.count for one in found)

    return total(rule.plus) - total(rule.minus)
