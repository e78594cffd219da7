"""Sign-ups and suppressions: what Real Magnet says of them for the whole account, since they belong to no message.

The shapes of both answers are assumed. Each night asks about a few days again, and a fact that came before is the same.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from connector import clock
from connector.activity.haul import Haul
from connector.activity.night import Night
from connector.activity.reading import FactRow, Subject
from connector.activity.unsubscribes import NO_MESSAGE, OVERLAP_DAYS
from connector.model.activity import ActivityGroup
from connector.model.runs import Phase
from connector.model.tracking import Period, Recipient
from connector.store import people

SUBSCRIBED = "Subscribed"
MARK = "consents"


class Said(NamedTuple):
    """One sign-up or suppression: who, when in milliseconds, the activity, and what more there is to say."""

    recipient: Recipient
    at: int
    activity: str
    detail: str


def collect_consents(night: Night, window: Period) -> None:
    """Bring sign-ups and suppressions up to date."""
    night.report(Phase.COLLECT)
    read_consents(night, Period(not_read(night, window.first), window.last))
    with night.write() as connection:
        people.set_watermark(connection, night.org_id, MARK, _today().isoformat())


def not_read(night: Night, first: date) -> date:
    """The first day on which something may have happened that no night has read, not before `first`."""
    with night.database.read() as connection:
        mark = people.watermark(connection, night.org_id, MARK)
    return max(first, date.fromisoformat(mark) - timedelta(days=OVERLAP_DAYS)) if mark else first


def read_consents(night: Night, period: Period, wanted: Callable[[Said], bool] = lambda _row: True) -> None:
    """Keep what was said in these days, as far as it is wanted."""
    _keep(night, ActivityGroup.SUBSCRIBED, [row for row in _subscribes(night, period) if wanted(row)])
    _keep(night, ActivityGroup.SUPPRESSED, [row for row in _suppressions(night, period) if wanted(row)])


def _subscribes(night: Night, period: Period) -> list[Said]:
    found = night.realmagnet.subscribes(period)
    names = {group.id: group.name for group in night.realmagnet.groups()} if any(row.groups for row in found) else {}

    def told(groups: Iterable[int]) -> str:
        return ", ".join(sorted(names.get(number) or f"group {number}" for number in groups))

    return [Said(row.recipient, row.at, SUBSCRIBED, told(row.groups)) for row in found]


def _suppressions(night: Night, period: Period) -> list[Said]:
    return [Said(row.recipient, row.at, row.kind, "") for row in night.realmagnet.suppressed(period)]


def _keep(night: Night, group: ActivityGroup, rows: Sequence[Said]) -> None:
    subject = Subject(night.realmagnet.account, NO_MESSAGE, group)
    facts: dict[str, FactRow] = {}
    for row in rows:
        fact = subject.row(row.recipient.id, f"{row.at}.1", row.activity, row.at, row.detail)
        facts[fact[0]] = fact
    haul = Haul(NO_MESSAGE, _today().toordinal())
    haul.keep_recipients(night, (tuple(row.recipient) for row in rows))
    haul.add_facts(facts.values())
    haul.keep(night)


def _today() -> date:
    return clock.now().astimezone(clock.EASTERN).date()
