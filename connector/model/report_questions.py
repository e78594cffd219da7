"""What the Activity Report can be asked: rows, columns, what is counted, and which activity. It knows no store."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from connector.model.activity import ActivityGroup, Channel, channel_of


class Dimension(StrEnum):
    """What rows and columns can be; the value is its word in addresses."""

    GROUP = "group"
    ACTIVITY = "activity"
    MESSAGE = "message"
    CHANNEL = "channel"
    LINK = "link"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    KIND = "person"
    OWNER = "owner"
    CAMPAIGN = "campaign"


TIMES = (Dimension.MONTH, Dimension.WEEK, Dimension.DAY)
"""They follow each other; all others stand by size."""
NUMBERED = frozenset({Dimension.MESSAGE, Dimension.LINK, *TIMES})
"""Their keys are numbers: an id, or the ordinal of the first day."""
ABOUT_PEOPLE = frozenset({Dimension.KIND, Dimension.OWNER})

NOT_IN_SALESFORCE = ""
"""The key of recipients that are neither a Contact nor a Lead."""
NO_OWNER = "?"
"""The key of people whose owner was never read."""


class Measure(StrEnum):
    """What is counted. People are different recipients, each once wherever a number stands."""

    ACTIVITIES = "activities"
    PEOPLE = "people"


Key = int | str


@dataclass(frozen=True)
class Question:
    """One question. Days are those of the organization's night, both ends included, None for no end.

    `activities` are keys as `activity_key` makes them; `kinds` Contact, Lead or `NOT_IN_SALESFORCE`; an empty filter
    asks for everything.
    """

    rows: Dimension = Dimension.GROUP
    columns: Dimension | None = Dimension.MONTH
    measure: Measure = Measure.ACTIVITIES
    first: date | None = None
    last: date | None = None
    groups: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    owner: str | None = None
    message: str = ""

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Rows, and columns if there are any."""
        return (self.rows, self.columns) if self.columns else (self.rows,)

    @property
    def about_people(self) -> bool:
        """Whether it takes the single activities to answer: their sums by day do not know who they are of."""
        return self.measure is Measure.PEOPLE or self.of_whom

    @property
    def of_whom(self) -> bool:
        """Whether it takes to know who in Salesforce the recipients are."""
        return bool(self.kinds) or self.owner is not None or not ABOUT_PEOPLE.isdisjoint(self.dimensions)


def activity_key(group: str, activity: str) -> str:
    """An activity with its group: *In Progress* is one of e-mails and one of faxes."""
    return f"{group}/{activity}"


def groups_of(channel: str) -> list[str]:
    """The activity groups of a channel."""
    return [str(group) for group in ActivityGroup if channel_of(group) == channel]


CHANNELS = tuple(channel for channel in Channel if groups_of(channel))
