"""What somebody wants deleted, as an address or a form says it, read into a scope with what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from connector import clock
from connector.model.activity import COLLECTED, ActivityGroup
from connector.model.lists import SummaryList
from connector.model.people import id18, kind_of
from connector.model.scope import Scope
from webapp.moments import zone_of

FIELDS = ("message", "person", "run", "kind", "before")
LARGEST_RUN, LARGEST_MESSAGE = 2**31 - 1, 2**53 - 1
_PERSON_LENGTH = 18


@dataclass(frozen=True)
class Wanted:
    """The scope that was asked for; `entered` is what was typed, `problems` what is wrong with it by field."""

    scope: Scope = field(default_factory=Scope)
    entered: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def chosen(self) -> bool:
        """Whether it says at all what to delete."""
        return self.scope != Scope() and not self.problems


def read(values: Mapping[str, str], zone: str) -> Wanted:
    """Read the fields of `FIELDS`; days begin at midnight in this zone."""
    entered = {name: values.get(name, "").strip()[:80] for name in FIELDS}
    problems: dict[str, str] = {}
    before = _day(entered["before"], zone, problems)
    kind = entered["kind"]
    if kind and kind not in {*COLLECTED, *SummaryList}:
        problems["kind"] = "There is no such kind. Choose one of the list."
        kind = ""
    scope = Scope(
        message_id=_number(entered["message"], LARGEST_MESSAGE, "message", problems),
        person_id=_person(entered["person"], problems),
        activity_group=kind,
        run_id=_number(entered["run"], LARGEST_RUN, "run", problems),
        before_at=before,
    )
    return Wanted(scope, entered, problems)


def until_now(scope: Scope) -> Scope:
    """The same; a kind without a day goes up to now, so that what is learned later of that time stays out as well."""
    if scope.activity_group not in set(ActivityGroup) or scope.person_id or scope.run_id is not None:
        return scope
    return scope if scope.before_at is not None else replace(scope, before_at=clock.milliseconds(clock.now()))


def _number(entered: str, largest: int, name: str, problems: dict[str, str]) -> int | None:
    if not entered:
        return None
    if entered.isascii() and entered.isdecimal() and len(entered) <= len(str(largest)) and int(entered) <= largest:
        return int(entered)
    problems[name] = f"There is no such {name}."
    return None


def _person(entered: str, problems: dict[str, str]) -> str:
    if not entered:
        return ""
    person = id18(entered) if entered.isascii() and entered.isalnum() else ""
    if len(person) == _PERSON_LENGTH and kind_of(person):
        return person
    problems["person"] = "There is no such Contact or Lead."
    return ""


def _day(entered: str, zone: str, problems: dict[str, str]) -> int | None:
    if not entered:
        return None
    try:
        day = date.fromisoformat(entered)
        at = clock.milliseconds(datetime.combine(day, time(), zone_of(zone)))
    except (ValueError, OverflowError):
        problems["before"] = "Enter a day such as 2026-03-31."
        return None
    if at > clock.milliseconds(clock.now()):
        problems["before"] = "Choose today or a day in the past."
        return None
    return at
