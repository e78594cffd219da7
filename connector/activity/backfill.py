"""Back-fill: messages of a range of days, however long ago, read into the ledger with all that happened to them since.

First it counts what that costs and is held, until a person has seen the price. Like an update it writes nothing into
Salesforce; a run of `WRITE` after it does, or whichever night decides next.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import bindparam, text

from connector import clock
from connector.activity import price
from connector.activity.at_once import collect_now, counted, ever
from connector.activity.consents import Said, read_consents
from connector.activity.figures import add_up
from connector.activity.night import Night
from connector.activity.unsubscribes import NO_MESSAGE, keep_nameless
from connector.errors import NeedsDecision
from connector.model.activity import NOT_SELECTED
from connector.model.runs import Phase
from connector.model.scope import Scope
from connector.model.tracking import Message, Period, Unsubscribe
from connector.store import orgs, runs
from connector.store.database import CHUNK

_FIRST = datetime(1990, 1, 1, tzinfo=UTC)


def run_backfill(night: Night, scope: Scope) -> bool:
    """Read the messages of the range, the oldest first. Raises `NeedsDecision` with the price until that is approved.

    What was kept out of Salesforce because its kind was off comes now, where the kind is on.
    """
    with counted(night):
        night.report(Phase.LOOK)
        days = period_of(scope)
        found = messages_of(night, scope, days)
        with night.database.read() as connection:
            run = runs.get(connection, night.run_id)
        if run is None or not run["approved"]:
            _hold(night, found)
        collect_now(night, found)
        nameless(night, found, scope, days)
        for number in (*(message.id for message in found), NO_MESSAGE):
            _wake(night, number, scope)
        add_up(night)
    night.reached("back-filled")
    return True


def period_of(scope: Scope) -> Period:
    """The whole US Eastern days of a range."""
    first, last = clock.from_milliseconds(scope.from_at or 0), clock.from_milliseconds((scope.before_at or 1) - 1)
    return Period(_day(first), _day(last))


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.EASTERN).date()


def messages_of(night: Night, scope: Scope, days: Period) -> list[Message]:
    """Those last sent in the range, and those created in it."""
    every = {message.id: message for message in night.realmagnet.messages(days)}
    every |= {message.id: message for message in night.realmagnet.messages_created(days)}
    found = [one for one in every.values() if _within(one.last_sent, scope) or _within(one.created, scope)]
    return sorted(found, key=lambda message: message.last_sent or message.created or _FIRST)


def _within(moment: datetime | None, scope: Scope) -> bool:
    return moment is not None and (scope.from_at or 0) <= clock.milliseconds(moment) < (scope.before_at or 0)


def _hold(night: Night, found: list[Message]) -> None:
    cost = price.of(night, found)
    with night.write() as connection:
        runs.set_counts(connection, night.run_id, cost.counts)
    raise NeedsDecision(cost.told(), advice=cost.advice)


def nameless(night: Night, found: list[Message], scope: Scope, days: Period) -> None:
    """Those of the account in these days that name no message; each message's own have been read with it."""
    told = night.realmagnet.unsubscribes(Period(days.first, days.last + timedelta(days=1)))
    names = {message.name for message in found} | {""}
    unnamed = [row for row in told if not row.message_name]
    if any(row.message_name not in names for row in told):
        names |= {message.name for message in night.realmagnet.messages_created(ever())}
        unnamed = [row for row in told if not row.message_name or row.message_name not in names]

    def within(row: Unsubscribe | Said) -> bool:
        return (scope.from_at or 0) <= row.at < (scope.before_at or 0)

    keep_nameless(night, [row for row in unnamed if within(row)])
    read_consents(night, Period(days.first, days.last + timedelta(days=1)), within)


def _wake(night: Night, message_id: int, scope: Scope) -> None:
    """Have decided again what a message has of kinds that were off and are on now, ten thousand at a time."""
    with night.database.read() as connection:
        chosen = orgs.choices(connection, night.org_id)
    values = {
        "org": night.org_id,
        "run": night.run_id,
        "message": message_id,
        "kinds": [group for group, (selected, _mode) in chosen.items() if selected] or [""],
        "off": NOT_SELECTED,
        "size": CHUNK,
    }
    if message_id == NO_MESSAGE:
        values |= {"from_at": scope.from_at, "before_at": scope.before_at}
    statement = text(_WAKE.format(when=_WHEN if message_id == NO_MESSAGE else "")).bindparams(
        bindparam("kinds", expanding=True)
    )
    woken = CHUNK
    while woken == CHUNK:
        with night.write() as connection:
            woken = connection.execute(statement, values).rowcount


_WHEN = "AND occurred_at >= :from_at AND occurred_at < :before_at"
_WAKE = """
    UPDATE facts SET decision = NULL, reason = '', changed_run = :run WHERE org_id = :org AND key IN (
        SELECT key FROM facts WHERE org_id = :org AND message_id = :message AND activity_group IN :kinds
            AND decision = 'filtered' AND reason = :off {when} LIMIT :size)
"""
