"""What our rows take in Salesforce, when its storage will be full, and what other choices would save. No request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import Connection

from connector import clock
from connector.model.budgets import Use, storage_left
from connector.model.storage import megabytes, modes_of
from connector.store import budget_storage, budgets, orgs
from connector.store.budget_storage import AGES, Standing
from connector.store.forecast import forecast
from webapp.manage_data.room import where_of

DAYS_A_MONTH = 30.4
FARTHEST_MONTHS = 120
LEAST_SAVING = 0.05
"""Megabytes a month; less is not worth a line."""


@dataclass(frozen=True)
class Line:
    """Something with its rows and megabytes; `share` in per cent of all our rows."""

    label: str
    rows: int
    megabytes: float
    share: float
    message: int = 0


@dataclass(frozen=True)
class Saving:
    """What one other choice would save: megabytes a month, or once."""

    words: str
    megabytes: float


@dataclass(frozen=True)
class Room:
    """The storage part of Budgets. `full_at` is when the ceiling is reached; None: not within ten years, or unknown."""

    rows: int
    megabytes: float
    kinds: Sequence[Line] = field(repr=False)
    messages: Sequence[Line] = field(repr=False)
    ages: Sequence[Line] = field(repr=False)
    growth: float
    left: int | None
    full_at: int | None
    monthly: Sequence[Saving]
    once: Sequence[Saving]


def of(connection: Connection, org_id: int) -> Room:
    """Counts every row of ours: not for each look at the page."""
    found, now = budget_storage.standing(connection, org_id), clock.milliseconds(clock.now())
    modes = {str(g): m for g, (selected, m) in orgs.choices(connection, org_id).items() if selected}
    pace = forecast(connection, org_id, now)
    growth = megabytes(pace.total(modes))
    left = _left(connection, org_id, found)
    messages = [(m.name or ("No message" if not m.id else f"Message {m.id}"), m.rows, m.id) for m in found.messages]
    return Room(
        found.rows,
        megabytes(found.rows),
        [_line(where_of(kind), count, found) for kind, count in found.kinds],
        [_line(label, count, found, number) for label, count, number in messages],
        [_line(label, count, found) for label, count in zip(_AGES, found.ages, strict=True)],
        growth,
        left,
        _full_at(now, left, growth),
        _monthly(modes, lambda chosen: megabytes(pace.total(chosen))),
        _once(found),
    )


_AGES = (
    f"Up to {AGES[0]} days",
    *(f"{first} to {last} days" for first, last in pairwise(AGES)),
    f"Older than {AGES[-1]} days",
)


def _line(label: str, rows: int, found: Standing, message: int = 0) -> Line:
    return Line(label, rows, megabytes(rows), round(100 * rows / (found.rows or 1), 1), message)


def _left(connection: Connection, org_id: int, found: Standing) -> int | None:
    told = budgets.storage_told(connection, org_id)
    if told is None:
        return None
    return storage_left(budgets.budget(connection, org_id), Use(told.used, told.allowed, round(megabytes(found.rows))))


def _full_at(now: int, left: int | None, growth: float) -> int | None:
    if left is None or growth <= 0 or left / growth > FARTHEST_MONTHS:
        return None
    return now + int(left / growth * DAYS_A_MONTH * budget_storage.DAY)


def _monthly(modes: Mapping[str, str], total: Callable[[Mapping[str, str]], float]) -> list[Saving]:
    """What each single change of a mode would save a month, the largest first."""
    now, found = total(modes), list[Saving]()
    for group, mode in modes.items():
        for other in modes_of(group):
            saved = now - total({**modes, group: other}) if other != mode else 0
            if saved >= LEAST_SAVING:
                found.append(Saving(f"Keep {group} as {other} instead of {mode}", saved))
    return sorted(found, key=lambda one: -one.megabytes)


def _once(found: Standing) -> list[Saving]:
    """What keeping History no longer than so many days would free now."""
    freed = [(days, megabytes(sum(old.values()))) for days, old in zip(AGES, found.old, strict=True)]
    return [Saving(f"Keep every kind for {days} days in History", amount) for days, amount in freed if amount > 0]
