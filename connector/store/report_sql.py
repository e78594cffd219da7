"""The Activity Report's questions as SQL, put together from a closed table: no word of a person's stands in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import TextClause, bindparam, text

from connector.model.activity import ActivityGroup, channel_of
from connector.model.report_questions import ABOUT_PEOPLE, NO_OWNER, TIMES, Dimension, Key, Question, groups_of
from connector.store import report_days
from connector.store.report_days import Days
from connector.store.searching import containing

_CHANNELS = " ".join(f"WHEN '{group}' THEN '{channel_of(group)}'" for group in ActivityGroup)
_COLUMNS: dict[Dimension, str] = {
    Dimension.GROUP: "s.activity_group",
    Dimension.ACTIVITY: "s.activity_group || '/' || s.activity",
    Dimension.MESSAGE: "s.message_id",
    Dimension.CHANNEL: f"CASE s.activity_group {_CHANNELS} ELSE '{channel_of('')}' END",
    Dimension.LINK: "coalesce(s.link_id, 0)",
    Dimension.KIND: "coalesce(p.kind, '')",
    Dimension.OWNER: f"CASE WHEN p.id IS NULL THEN '' WHEN p.owner_id = '' THEN '{NO_OWNER}' ELSE p.owner_id END",
    Dimension.CAMPAIGN: "coalesce(k.source_id, '')",
}
_PEOPLE = """
    LEFT JOIN matches x ON x.org_id = s.org_id AND x.recipient_id = s.recipient_id AND x.slot = ''
    LEFT JOIN people p ON p.org_id = s.org_id AND p.id = x.person_id
"""
_CAMPAIGNS = """
    LEFT JOIN (SELECT DISTINCT g.message_id, j.source_id FROM message_groups g
        JOIN upload_jobs j ON j.org_id = g.org_id AND j.group_id = g.group_id
        WHERE g.org_id = :org AND j.source_kind = 'Campaign' AND j.source_id <> '' AND j.state <> 'Draft') k
    ON k.message_id = s.message_id
"""


@dataclass(frozen=True)
class Asked:
    """A question of an org, with its days in the zone of its nights."""

    org_id: int
    question: Question
    days: Days

    def column(self, dimension: Dimension, *, single: bool = False) -> str:
        """What stands for a dimension: in the single activities if it takes those, else in their sums by day."""
        if dimension not in TIMES:
            return _COLUMNS[dimension]
        of = report_days.of_instants if single or self.question.about_people else report_days.of_days
        return of(dimension, self.days)


@dataclass
class _Conditions:
    """Conditions that all hold, with the values that they name."""

    words: list[str]
    values: dict[str, Any]
    lists: list[str]

    def among(self, expression: str, name: str, values: Iterable[Key]) -> None:
        """The expression has one of the values; none of them asks for nothing."""
        if found := list(values):
            self.words.append(f"{expression} IN :{name}")
            self.values[name] = found
            self.lists.append(name)

    def limit(self, expression: str, name: str, value: int | None) -> None:
        """The expression compared with a number, if there is one."""
        if value is not None:
            self.words.append(f"{expression} :{name}")
            self.values[name] = value


@dataclass(frozen=True)
class Source:
    """Where to read (`FROM … WHERE …`), with its values; `statement` makes a whole statement of it."""

    words: str
    values: dict[str, Any]
    lists: tuple[str, ...]

    def statement(self, before: str, after: str = "") -> TextClause:
        """A statement around it."""
        whole = text(f"{before} {self.words} {after}")
        return whole.bindparams(*(bindparam(name, expanding=True) for name in self.lists))


def source(
    asked: Asked, dimensions: Iterable[Dimension], cell: Iterable[tuple[Dimension, Key]] = (), *, single: bool = False
) -> Source:
    """What a question is about, joined as far as these dimensions need; only of a cell, if one is named.

    `single` asks for the single activities even where their sums would do.
    """
    question, cell = asked.question, tuple(cell)
    used = {*dimensions, *(dimension for dimension, _key in cell)}
    facts = single or question.about_people
    people = not ABOUT_PEOPLE.isdisjoint(used) or question.kinds or question.owner is not None
    conditions = _Conditions(["s.org_id = :org"], {"org": asked.org_id}, [])
    _period(asked.days, conditions, facts=facts)
    _filters(question, conditions)
    for place, (dimension, key) in enumerate(cell):
        conditions.among(asked.column(dimension, single=single), f"key{place}", [key])
    joins = (_PEOPLE if people else "") + (_CAMPAIGNS if Dimension.CAMPAIGN in used else "")
    words = f"FROM {'facts' if facts else 'daily_figures'} s {joins} WHERE {' AND '.join(conditions.words)}"
    return Source(words, conditions.values, tuple(conditions.lists))


def gathered(asked: Asked, dimensions: Sequence[Dimension]) -> tuple[Source, list[str]]:
    """Single activities counted by recipient (`s.recipient_id`, `s.count`) before anybody asks who that is: there are
    far fewer recipients than activities. Answers too what stands for each dimension."""
    question = asked.question
    own = [dimension for dimension in dimensions if dimension not in ABOUT_PEOPLE]
    inner = source(replace(asked, question=replace(question, kinds=(), owner=None)), own, single=True)
    columns = [f"{asked.column(dimension, single=True)} AS of_{dimension}" for dimension in own]
    select = ", ".join(["s.org_id AS org_id", "s.recipient_id AS recipient_id", *columns])
    places = ", ".join(str(place) for place in range(1, len(own) + 3))
    conditions = _Conditions(["s.org_id = :org"], dict(inner.values), list(inner.lists))
    _people_filters(question, conditions)
    words = (
        f"FROM (SELECT {select}, count(*) AS count {inner.words} GROUP BY {places}) s {_PEOPLE} "
        f"WHERE {' AND '.join(conditions.words)}"
    )
    named = [_COLUMNS[each] if each in ABOUT_PEOPLE else f"s.of_{each}" for each in dimensions]
    return Source(words, conditions.values, tuple(conditions.lists)), named


def _period(days: Days, conditions: _Conditions, *, facts: bool) -> None:
    if not facts:
        conditions.limit("s.day >=", "first", days.first)
        conditions.limit("s.day <=", "last", days.last)
        return
    begin, behind = days.instants
    conditions.limit("s.occurred_at >=", "first", begin)
    conditions.limit("s.occurred_at <", "behind", behind)


def _filters(question: Question, conditions: _Conditions) -> None:
    conditions.among("s.activity_group", "groups", question.groups)
    conditions.among(_COLUMNS[Dimension.ACTIVITY], "activities", question.activities)
    conditions.among(
        "s.activity_group", "of_channels", [group for channel in question.channels for group in groups_of(channel)]
    )
    _people_filters(question, conditions)
    if question.message:
        conditions.words.append(
            "s.message_id IN (SELECT id FROM messages WHERE org_id = :org "
            "AND lower(name) LIKE lower(:message) ESCAPE '!')"
        )
        conditions.values["message"] = containing(question.message)


def _people_filters(question: Question, conditions: _Conditions) -> None:
    conditions.among(_COLUMNS[Dimension.KIND], "kinds", question.kinds)
    if question.owner is not None:
        conditions.among(_COLUMNS[Dimension.OWNER], "owners", [question.owner])
