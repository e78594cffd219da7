"""Figures: what the ledger says of each message and link, added up anew where something changed since the last time.

A message is claimed and added up in one transaction: whoever learns something of it meanwhile makes it stale again.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from connector import clock
from connector.activity.night import Night
from connector.model.activity import ActivityGroup
from connector.model.runs import Phase

NO_MESSAGE = 0
"""The message of what happened without one; it has no row of its own that could be stale."""
_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_FIRST_YEAR = 2000
"""Before Real Magnet's time; earlier instants are counted with the offset of this year."""

_STALE = text("SELECT id FROM messages WHERE org_id = :org AND stale ORDER BY id")
_CLAIM = text("UPDATE messages SET stale = false WHERE org_id = :org AND id = :message")
_SPAN = text("SELECT min(key), max(key) FROM facts WHERE org_id = :org AND message_id = :message")

# The keys of one message's facts begin alike, so they lie together: a range reads them in the order they are stored.
_OWN = "f.org_id = :org AND f.key BETWEEN :low AND :high AND f.message_id = :message"

_CLEAR = tuple(
    text(f"DELETE FROM {table} WHERE org_id = :org AND message_id = :message")  # noqa: S608  # our own names
    for table in ("figures", "daily_figures")
)
_FIGURES = text(f"""
    INSERT INTO figures (org_id, message_id, activity_group, activity, count, people)
    SELECT :org, :message, activity_group, activity, sum(times), count(*) FROM (
        SELECT f.activity_group, f.activity, f.recipient_id, count(*) AS times FROM facts f WHERE {_OWN}
        GROUP BY f.activity_group, f.activity, f.recipient_id) AS found
    GROUP BY activity_group, activity
""")  # noqa: S608  # our own words
_GROUPS = text(f"""
    INSERT INTO figures (org_id, message_id, activity_group, activity, count, people)
    SELECT :org, :message, f.activity_group, '', count(*), count(DISTINCT f.recipient_id) FROM facts f WHERE {_OWN}
    GROUP BY f.activity_group
""")  # noqa: S608  # our own words
_DAILY = f"""
    INSERT INTO daily_figures (org_id, message_id, day, activity_group, activity, link_id, count)
    SELECT :org, :message, (f.occurred_at + {{offset}}) / {_DAY} + {_EPOCH} AS day, f.activity_group, f.activity,
           coalesce(f.link_id, 0) AS link, count(*)
    FROM facts f WHERE {_OWN}
    GROUP BY day, f.activity_group, f.activity, link
"""  # noqa: S608  # our own words
_LINKS = text(f"""
    UPDATE links SET clicks = found.clicks, people = found.people FROM (
        SELECT f.link_id, count(*) AS clicks, count(DISTINCT f.recipient_id) AS people FROM facts f
        WHERE {_OWN} AND f.activity_group = '{ActivityGroup.CLICKED}' AND f.link_id IS NOT NULL
        GROUP BY f.link_id) AS found
    WHERE links.id = found.link_id AND (links.clicks <> found.clicks OR links.people <> found.people)
""")  # noqa: S608  # our own words


def add_up(night: Night) -> None:
    """Bring the figures up to date with the facts, message by message; days are those of the org's night."""
    with night.database.read() as connection:
        zone, counted_in = connection.execute(
            text("SELECT zone, figures_zone FROM nights WHERE org_id = :org"), {"org": night.org_id}
        ).one()
    if zone != counted_in:
        _begin_anew(night, zone)
    with night.database.read() as connection:
        stale = [int(number) for number in connection.execute(_STALE, {"org": night.org_id}).scalars()]
        if _moved_without_message(connection, night.org_id) or zone != counted_in:
            stale.append(NO_MESSAGE)
    daily = _DAILY.format(offset=_offset(zone, clock.now().year))
    for position, message in enumerate(stale):
        night.report(Phase.FIGURES, position, len(stale))
        with night.write() as connection:
            _add_up_message(connection, {"org": night.org_id, "message": message}, daily)
    if stale:
        night.reached("figures added up")


def _begin_anew(night: Night, zone: str) -> None:
    """Another zone has other days."""
    values = {"org": night.org_id, "zone": zone}
    with night.write() as connection:
        connection.execute(text("UPDATE messages SET stale = true WHERE org_id = :org"), values)
        connection.execute(text("UPDATE nights SET figures_zone = :zone WHERE org_id = :org"), values)


def _moved_without_message(connection: Connection, org_id: int) -> bool:
    """Whether the facts that have no message are another number than the figures tell: they are never changed."""
    statement = text("""
        SELECT (SELECT count(*) FROM facts WHERE org_id = :org AND message_id = 0),
               (SELECT coalesce(sum(count), 0) FROM daily_figures WHERE org_id = :org AND message_id = 0)
    """)
    held, told = connection.execute(statement, {"org": org_id}).one()
    return int(held) != int(told)


def _add_up_message(connection: Connection, values: dict[str, int], daily: str) -> None:
    connection.execute(_CLAIM, values)
    for statement in _CLEAR:
        connection.execute(statement, values)
    low, high = connection.execute(_SPAN, values).one()
    if low is None:
        return
    span = values | {"low": low, "high": high}
    for statement in (_FIGURES, _GROUPS, text(daily), _LINKS):
        connection.execute(statement, span)


def _offset(zone: str, until: int) -> str:
    """The zone's offset from UTC at a fact's instant, in milliseconds: the newest change comes first, as do facts."""
    first, *changes = _offsets(zone, until)
    if not changes:
        return str(first[1])
    cases = " ".join(f"WHEN f.occurred_at >= {at} THEN {offset}" for at, offset in reversed(changes))
    return f"CASE {cases} ELSE {first[1]} END"


@lru_cache(maxsize=64)
def _offsets(zone: str, until: int) -> Sequence[tuple[int, int]]:
    """From which instants on which offset holds, up to the end of the year after `until`."""
    place = ZoneInfo(zone)
    return tuple(_changes(place, datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(until + 2, 1, 1, tzinfo=UTC)))


def _changes(place: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    yield clock.milliseconds(start), _offset_at(place, start)
    while start < end:
        following = min(start + timedelta(days=7), end)
        if _offset_at(place, start) != _offset_at(place, following):
            change = _first_with(place, start, following)
            yield clock.milliseconds(change), _offset_at(place, change)
        start = following


def _first_with(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset of `after` begins."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _offset_at(place, middle) == _offset_at(place, before):
            before = middle
        else:
            after = middle
    return after


def _offset_at(place: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(place).utcoffset() or timedelta()
    return int(offset.total_seconds() * 1000)
