"""An audience: where in Salesforce it comes from, who of it may be written to, and why somebody may not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class SourceKind(StrEnum):
    CAMPAIGN = "Campaign"
    REPORT = "Report"
    LIST_VIEW = "List view"
    QUERY = "Query"


@dataclass(frozen=True)
class Source:
    """Where an audience comes from.

    `id` has 18 characters and is empty for a query; `object_name` (Contact or Lead) belongs to a list view; `statuses`
    are the member statuses of a Campaign that count, none for all of them; `soql` is a query's text.
    """

    kind: SourceKind
    id: str = ""
    name: str = ""
    object_name: str = ""
    statuses: tuple[str, ...] = ()
    soql: str = ""


@dataclass(frozen=True)
class Found:
    """One source that can be chosen. `detail` is what tells it from others of its name; `refusal` why it cannot be."""

    kind: SourceKind
    id: str
    name: str
    detail: str = ""
    object_name: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class PersonRef:
    """A row of a report, as far as it tells who is meant: an id of 18 characters, else an address, else neither."""

    id: str = ""
    email: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


class Rule(StrEnum):
    """A filter that can be switched off; the value is what stands in the store and in addresses."""

    GONE = "gone"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    OPTED_OUT = "opted out"


class Reason(StrEnum):
    """Why a row of the source is not among the mailable. Each belongs to one step of the waterfall."""

    NOBODY = "nobody"
    AMBIGUOUS = "ambiguous"
    DELETED = "deleted"
    CONVERTED = "converted"
    NO_ADDRESS = "no address"
    INVALID = "invalid address"
    DUPLICATE = "duplicate"
    OPTED_OUT = "opted out"


class Step(StrEnum):
    """A step of the waterfall; the value is its label beside the number."""

    ROWS = "rows"
    ADDRESS = "with an address"
    DISTINCT = "distinct"
    MAILABLE = "mailable"


LOST_AT: Mapping[Step, Sequence[Reason]] = {
    Step.ADDRESS: (
        Reason.NOBODY,
        Reason.AMBIGUOUS,
        Reason.DELETED,
        Reason.CONVERTED,
        Reason.NO_ADDRESS,
        Reason.INVALID,
    ),
    Step.DISTINCT: (Reason.DUPLICATE,),
    Step.MAILABLE: (Reason.OPTED_OUT,),
}
"""Which reasons take people out at which step."""


def waterfall(rows: int, lost: Mapping[str, int]) -> list[tuple[Step, int]]:
    """What is left after each step, from the number of rows and of those lost for each reason."""
    left = rows
    steps = [(Step.ROWS, rows)]
    for step, reasons in LOST_AT.items():
        left -= sum(lost.get(reason, 0) for reason in reasons)
        steps.append((step, left))
    return steps
