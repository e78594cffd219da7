"""What Salesforce would hold: rows a month of each kind in each way, what stands there, and what is not there yet."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector.model.activity import COLLECTED, IN_HISTORY, IN_SUMMARY, NOT_SELECTED, ActivityGroup, Mode
from connector.model.lists import LIST_OF, SummaryList
from connector.model.storage import AGGREGATES, kept_up

MONTHS = 3
DAYS = 30 * MONTHS
"""A forecast is a month's mean of the messages that were sent in the last ninety days."""

DAY = 86_400_000

_OF_MESSAGES = text("""
    SELECT f.activity_group, sum(f.count), sum(f.people) FROM figures f
    JOIN messages m ON m.org_id = f.org_id AND m.id = f.message_id
    WHERE f.org_id = :org AND f.activity = '' AND m.last_sent >= :since GROUP BY f.activity_group
""")
_WITHOUT_MESSAGE = text("""
    SELECT activity_group, sum(count), sum(count) FROM daily_figures
    WHERE org_id = :org AND message_id = 0 AND day >= :day GROUP BY activity_group
""")
_FACTS = text("""
    SELECT f.activity_group, sum(f.facts), count(*) FROM (
        SELECT activity_group, message_id, recipient_id, count(*) AS facts FROM facts
        WHERE org_id = :org AND occurred_at >= :since GROUP BY activity_group, message_id, recipient_id) AS f
    GROUP BY f.activity_group
""")
_PLACEABLE = text("""
    SELECT f.activity_group, sum(f.facts), count(*) FROM (
        SELECT activity_group, message_id, recipient_id, link_id, count(*) AS facts FROM facts
        WHERE org_id = :org AND (decision IN ('placed', 'live') OR decision = 'filtered' AND reason = :not_selected)
        GROUP BY activity_group, message_id, recipient_id, link_id) AS f
    GROUP BY f.activity_group
""")
_LINKS = text("""
    SELECT count(*), sum(l.people) FROM links l JOIN messages m ON m.org_id = l.org_id AND m.id = l.message_id
    WHERE l.org_id = :org AND m.last_sent >= :since
""")
_MESSAGES = text("SELECT count(*) FROM messages WHERE org_id = :org AND last_sent >= :since")


@dataclass(frozen=True)
class Pace:
    """Rows a month, on the mean: activities, and people of messages (of links, where links are summed up)."""

    activities: float = 0
    people: float = 0


@dataclass(frozen=True)
class Forecast:
    """The pace of each group, and how many messages and links there are a month."""

    paces: Mapping[str, Pace]
    messages: float
    links: float

    def rows(self, group: str, mode: str) -> float:
        """Rows a month of a kind kept in this way."""
        pace = self.paces.get(group, Pace())
        return (pace.activities if mode in IN_HISTORY else 0) + (pace.people if mode in IN_SUMMARY else 0)

    def total(self, modes: Mapping[str, str]) -> float:
        """Rows a month under these modes of the selected kinds: a list that sums up several kinds has one row for
        all of them, and messages and links have rows of their own."""
        lists: dict[SummaryList, float] = {}
        for group, mode in modes.items():
            if mode in IN_SUMMARY and group in LIST_OF:
                of = LIST_OF[ActivityGroup(group)]
                lists[of] = max(lists.get(of, 0), self.rows(group, Mode.SUMMARY))
        history = sum(self.rows(group, Mode.HISTORY) for group, mode in modes.items() if mode in IN_HISTORY)
        return history + sum(lists.values()) + (self.messages + self.links if lists else 0)


def forecast(connection: Connection, org_id: int, now: int) -> Forecast:
    """The rows that a month brings, going by the last ninety days up to an instant in milliseconds."""
    since = now - DAYS * DAY
    values: dict[str, object] = {"org": org_id, "since": since, "day": _ordinal(since)}
    counted = _counted(connection, values)
    links, clicked = connection.execute(_LINKS, values).one()
    if clicked:
        activities, _people = counted.get(ActivityGroup.CLICKED, (0, 0))
        counted[ActivityGroup.CLICKED] = (activities, int(clicked))
    messages = int(connection.execute(_MESSAGES, values).scalar_one())
    paces = {str(group): Pace(*(n / MONTHS for n in counted.get(group, (0, 0)))) for group in COLLECTED}
    return Forecast(paces, messages / MONTHS, int(links) / MONTHS)


def _counted(connection: Connection, values: dict[str, object]) -> dict[str, tuple[int, int]]:
    """Activities and people by group, from the figures; from the facts themselves until those are added up."""
    statements = (_OF_MESSAGES, _WITHOUT_MESSAGE) if _added_up(connection, values) else (_FACTS,)
    found: dict[str, tuple[int, int]] = {}
    for statement in statements:
        for group, activities, people in connection.execute(statement, values):
            before = found.get(str(group), (0, 0))
            found[str(group)] = (before[0] + int(activities), before[1] + int(people))
    return found


def _added_up(connection: Connection, values: dict[str, object]) -> bool:
    statement = text("SELECT 1 FROM figures WHERE org_id = :org LIMIT 1")
    return connection.execute(statement, values).first() is not None


def _ordinal(milliseconds: int) -> int:
    """The day of an instant as the figures number days, in UTC: a forecast does not mind the hours between."""
    return milliseconds // DAY + 719_163  # 1970-01-01


# -- what is there -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How many rows of a kind Salesforce holds, and how many it would hold if everybody were found there."""

    rows: Mapping[str, int]
    whole: Mapping[str, int]

    def behind(self, modes: Mapping[str, str]) -> dict[str, int]:
        """Rows by kind that nothing keeps up any more under these modes of the selected kinds."""
        kept = kept_up(modes)
        return {kind: count for kind, count in self.rows.items() if count and kind not in kept}

    def missing(self, modes: Mapping[str, str], before: Mapping[str, str]) -> dict[str, int]:
        """At most so many rows by kind that are not there although their list is kept up under these modes, and was
        not under those of before."""
        newly = set(kept_up(modes)) - set(kept_up(before))
        missing = {kind: self.whole.get(kind, 0) - self.rows.get(kind, 0) for kind in newly}
        return {kind: count for kind, count in missing.items() if count > 0}


def standing(connection: Connection, org_id: int, *, closely: bool = False) -> Standing:
    """Counted now, row by row: for whoever changes a mode, not for every look at the page.

    `closely` leaves out of what Salesforce would hold the activity of people who are not found there; it takes seconds
    over a million activities.
    """
    statement = text(
        "SELECT activity_group, count(*) FROM placements WHERE org_id = :org AND state <> 'deleted' "
        "AND deletion_id IS NULL GROUP BY activity_group"
    )
    rows = {str(kind): int(count) for kind, count in connection.execute(statement, {"org": org_id})}
    return Standing(rows, _whole(connection, org_id, closely=closely))


def _whole(connection: Connection, org_id: int, *, closely: bool) -> dict[str, int]:
    values: dict[str, object] = {"org": org_id, "since": 0, "day": 0, "not_selected": NOT_SELECTED}
    if closely:
        counted = {str(group): (int(a), int(p)) for group, a, p in connection.execute(_PLACEABLE, values)}
    else:
        counted = _counted(connection, values)
    links, clicked = connection.execute(_LINKS, values).one()
    if clicked and not closely:
        counted[ActivityGroup.CLICKED] = (counted.get(ActivityGroup.CLICKED, (0, 0))[0], int(clicked))
    whole = {group: activities for group, (activities, _people) in counted.items()}
    for group, (_activities, people) in counted.items():
        if group in LIST_OF:
            label = str(LIST_OF[ActivityGroup(group)])
            whole[label] = max(whole.get(label, 0), people)
    messages, of_links = AGGREGATES
    whole[str(messages)] = int(connection.execute(_MESSAGES, values).scalar_one())
    whole[str(of_links)] = int(links)
    return whole
