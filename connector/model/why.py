"""Why one message of one person is in Salesforce or not: what is known of the pair, and the steps of the answer.

It knows no store and no request: `store/why.py` fills in what is known, and a screen puts it into words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """The way of an activity, in its order."""

    RECEIVED = "Received"
    MATCHED = "Matched"
    DECIDED = "Decided"
    PLACED = "Placed"
    WRITTEN = "Written"


class Result(StrEnum):
    """How a step came out, in the words of its badge."""

    DONE = "Done"
    STOPPED = "Stopped here"
    WAITS = "Waits"
    NOTHING = "Not reached"


@dataclass(frozen=True)
class Way:
    """Where something can be changed or seen; `outside` is an address in Salesforce."""

    words: str
    address: str = field(repr=False)
    outside: bool = False


@dataclass(frozen=True)
class Line:
    """One thing that is known. `answer` is the same in one word for whoever compares; `raw` is what Salesforce said."""

    result: Result
    text: str = field(repr=False)
    answer: str
    at: int | None = None
    run: int | None = None
    change: str = ""
    ways: Sequence[Way] = ()
    raw: str = field(default="", repr=False)


@dataclass(frozen=True)
class Step:
    """A stage with what is known of it."""

    stage: Stage
    lines: Sequence[Line] = field(repr=False)

    @property
    def result(self) -> Result:
        """The one that most needs somebody."""
        found = {line.result for line in self.lines}
        return next(one for one in (Result.STOPPED, Result.WAITS, Result.DONE, Result.NOTHING) if one in found)


@dataclass(frozen=True)
class Message:
    """A message as far as it is known; `asked_on`: when (ordinal day) Real Magnet was asked last, None if never."""

    id: int
    name: str
    last_sent: int | None
    read_run: int | None
    seen_run: int | None
    asked_on: int | None
    groups: Sequence[int] = ()


@dataclass(frozen=True)
class Person:
    """A Contact or Lead. `survivor_id` is whom it became, itself while it lives, None for a deleted one."""

    id: str
    kind: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    survivor_id: str | None


@dataclass(frozen=True)
class Match:
    """One person that a recipient is, by id or by address."""

    recipient_id: int
    slot: str
    how: str
    person: Person


@dataclass(frozen=True)
class Recipient:
    """A recipient with everybody who could be meant: by the Custom Member ID, and by the address."""

    id: int
    email: str = field(repr=False)
    custom_id: str = field(repr=False)
    by_id: Person | None = field(default=None, repr=False)
    by_address: Sequence[Person] = field(default=(), repr=False)
    matches: Sequence[Match] = ()


@dataclass(frozen=True)
class Fact:
    """One activity that Real Magnet told; `decision` None waits."""

    key: str
    message_id: int
    recipient_id: int
    group: str
    activity: str
    occurred_at: int
    decision: str | None
    reason: str
    run: int
    url_hash: str = ""


@dataclass(frozen=True)
class Deletion:
    """Who took something out of Salesforce, and when; `maker` is empty where a rule did it."""

    id: int
    made_at: int
    maker: str
    tombstone: bool
    restored_at: int | None


@dataclass(frozen=True)
class Ignored:
    """Who decided to leave a refused row so, when, and why."""

    at: int
    by: str
    reason: str


@dataclass(frozen=True)
class Row:
    """One row that should stand, stands, or stood in Salesforce."""

    id: int
    object_name: str
    label: str
    key: str
    fact_key: str
    person_id: str
    state: str
    code: str
    reason: str
    salesforce_id: str
    run: int
    run_at: int | None
    deletion: Deletion | None = None
    ignored: Ignored | None = None


@dataclass(frozen=True)
class Rules:
    """What the org chose: kind → (selected, mode), and what is done with several people of one address."""

    kinds: dict[str, tuple[bool, str]]
    same_address: str = field(repr=False)
    look_back_days: int


@dataclass(frozen=True)
class Case:
    """Everything known of one pair. `more`: there are more activities than were looked at. `buried`: fact key → the
    deletion that keeps it out. `last_night` is when the newest whole night began; `underway` a run that is not over."""

    message: Message
    person: Person | None
    recipients: Sequence[Recipient]
    facts: Sequence[Fact]
    rows: Sequence[Row]
    rules: Rules
    buried: dict[str, Deletion]
    last_night: int | None
    underway: int | None
    next_night: int | None
    message_known: bool = True
    more: bool = False
