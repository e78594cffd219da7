"""Reads what was entered for a send: every mistake in words beside its field, nothing that was entered lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.errors import Misconfigured
from connector.model import schedule
from webapp.manage_data.form import NO_ZONE_WORDS, TIME_WORDS, ZONE_WORDS, time_of, zones_named

NOW, LATER = "now", "later"
LARGEST = 2**62
MOST_GROUPS = 50

MESSAGE_WORDS = "Choose the message that is to be sent."
GROUP_WORDS = "Choose at least one group."
MANY_WORDS = f"Choose at most {MOST_GROUPS} groups."
DATE_WORDS = "Enter a date such as 2026-11-30."
PAST_WORDS = "This time has passed. Choose a later one, or send it now."


@dataclass(frozen=True)
class Entered:
    """What was chosen, or has to be mended: texts as they were typed, and what is wrong with which.

    `told` is which job the form said refreshes which group, by their ids. `due` is None for now, and while the time
    cannot be understood.
    """

    ticket: str
    message_id: int = 0
    message_text: str = ""
    group_ids: Sequence[int] = ()
    group_text: str = ""
    told: Sequence[tuple[int, int]] = ()
    when: str = NOW
    date: str = ""
    local_time: str = ""
    zone: str = ""
    due: datetime | None = None
    problems: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def told_of_chosen(self) -> Sequence[tuple[int, int]]:
        """The same, of the groups that are chosen."""
        return [(job_id, group_id) for job_id, group_id in self.told if group_id in self.group_ids]

    def with_problem(self, name: str, words: str) -> "Entered":
        """The same, with one more that has to be mended."""
        return replace(self, problems={**self.problems, name: words})


def read(values: Mapping[str, str], group_ids: Sequence[str], told: Sequence[str], now: datetime) -> Entered:
    """A submitted form. An understood time comes back as HH:MM, a zone in its own spelling."""
    entered = Entered(
        ticket="".join(letter for letter in values.get("ticket", "")[:64] if letter.isalnum() or letter in "-_"),
        message_id=number(values.get("message_id", "")),
        message_text=values.get("message_text", "").strip()[:100],
        group_ids=tuple(dict.fromkeys(found for one in group_ids if (found := number(one)))),
        group_text=values.get("group_text", "").strip()[:100],
        told=tuple(_pair(one) for one in told),
        when=LATER if values.get("when") == LATER else NOW,
        date=values.get("date", "").strip()[:20],
        local_time=values.get("local_time", "").strip()[:20],
        zone=values.get("zone", "").strip()[:64],
    )
    if not entered.message_id:
        entered = entered.with_problem("message", MESSAGE_WORDS)
    if not entered.group_ids:
        entered = entered.with_problem("groups", GROUP_WORDS)
    if len(entered.group_ids) > MOST_GROUPS:
        entered = entered.with_problem("groups", MANY_WORDS)
    return timed(entered, now) if entered.when == LATER else entered


def _pair(text: str) -> tuple[int, int]:
    job_id, _, group_id = text.partition(" ")
    return number(job_id), number(group_id)


def number(text: str) -> int:
    """A number in a form; 0 for what is none."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST)) else 0
    return found if found < LARGEST else 0


def timed(entered: Entered, now: datetime) -> Entered:
    """The same with its date, time and zone understood, or told what is wrong with them."""
    local_time, meant = time_of(entered.local_time), zones_named(entered.zone)
    if local_time is None:
        entered = entered.with_problem("local_time", TIME_WORDS)
    if len(meant) != 1:
        entered = entered.with_problem("zone", _zone_problem(entered.zone, meant))
    entered = replace(entered, local_time=local_time or entered.local_time)
    if len(meant) == 1:
        entered = replace(entered, zone=meant[0])
    try:
        day = schedule.once(entered.date, local_time or "12:00", meant[0] if len(meant) == 1 else "UTC")
    except (Misconfigured, OverflowError):
        return entered.with_problem("date", DATE_WORDS)
    if "local_time" in entered.problems or "zone" in entered.problems:
        return entered
    return replace(entered, due=day) if day > now else entered.with_problem("date", PAST_WORDS)


def _zone_problem(entered: str, meant: Sequence[str]) -> str:
    if meant:
        return f"Several time zones have this name: {', '.join(meant)}. Enter one of them."
    return ZONE_WORDS if entered else NO_ZONE_WORDS
