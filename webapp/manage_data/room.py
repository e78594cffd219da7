"""What the choices in Manage Data cost in Salesforce, and what they leave behind or lack there, as the page says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connector import clock
from connector.model.activity import IN_HISTORY, IN_SUMMARY, ActivityGroup, Mode
from connector.model.lists import HISTORY_OBJECT, LIST_OF
from connector.model.storage import megabytes, object_of
from connector.store.forecast import Forecast, forecast, standing
from webapp.manage_data.form import Choices, offered


@dataclass(frozen=True)
class Cost:
    """Rows and megabytes a month."""

    rows: int
    megabytes: float


@dataclass(frozen=True)
class Line:
    """One kind: what it costs summed up and each time, None where there is no such way, and as it is chosen."""

    group: str
    summary: Cost | None
    history: Cost
    chosen: Cost


@dataclass(frozen=True)
class Room:
    """The forecast of one choice. `known` is whether anything was sent lately at all."""

    lines: Sequence[Line] = field(repr=False)
    total: Cost
    known: bool


def of(connection: Connection, org_id: int, choices: Choices) -> Room:
    """What these choices bring a month, going by the last ninety days."""
    found = forecast(connection, org_id, clock.milliseconds(clock.now()))
    lines = [_line(found, kind.group, choices) for kind in offered()]
    return Room(lines, _cost(found.total(choices.on)), any(line.history.rows for line in lines))


def _line(found: Forecast, group: ActivityGroup, choices: Choices) -> Line:
    summed = _cost(found.rows(group, Mode.SUMMARY)) if group in LIST_OF else None
    chosen = _cost(found.rows(group, choices.on.get(group, Mode.LIVE)))
    return Line(str(group), summed, _cost(found.rows(group, Mode.HISTORY)), chosen)


def _cost(rows: float) -> Cost:
    return Cost(round(rows), megabytes(rows))


# -- what is there already ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """Rows of one kind in one list of Salesforce."""

    kind: str
    object_name: str
    where: str
    rows: int
    megabytes: float


@dataclass(frozen=True)
class Leftover:
    """What choices leave behind in lists that nothing keeps up any more, and what lists lack that are kept up now.

    `fill` are the groups of activities that a fill would go through.
    """

    behind: Sequence[Rows] = ()
    missing: Sequence[Rows] = ()
    fill: Sequence[str] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.behind or self.missing)


def leftover(connection: Connection, org_id: int, choices: Choices, before: Choices | None = None) -> Leftover:
    """What Salesforce holds beside what it should hold under these choices. Counts every row: not for each look.

    With the choices of before only what is newly kept up counts as missing, and it is estimated.
    """
    found = standing(connection, org_id, closely=before is None)
    missing = found.missing(choices.on, before.on if before else {})
    return Leftover(_rows(found.behind(choices.on)), _rows(missing), _groups(missing, choices))


def _rows(counts: Mapping[str, int]) -> list[Rows]:
    return [
        Rows(kind, object_of(kind), where_of(kind), count, megabytes(count)) for kind, count in sorted(counts.items())
    ]


def where_of(kind: str) -> str:
    """The list of a kind in the words of its page."""
    return f"{kind} in Real Magnet Activity History" if object_of(kind) == HISTORY_OBJECT else kind


def _groups(missing: Mapping[str, int], choices: Choices) -> list[str]:
    return [
        group
        for group, mode in choices.on.items()
        if (mode in IN_HISTORY and group in missing)
        or (mode in IN_SUMMARY and str(LIST_OF[ActivityGroup(group)]) in missing)
    ]
