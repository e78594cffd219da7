"""Update: one message or one person, read from Real Magnet into the ledger at once.

It writes nothing into Salesforce: what it found has no decision yet, so a run of `WRITE` right after it, or whichever
night decides next, does.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from connector import clock
from connector.activity import one_person
from connector.activity.at_once import collect_now, counted, ever
from connector.activity.consents import not_read, read_consents
from connector.activity.figures import add_up
from connector.activity.night import Night
from connector.activity.unsubscribes import OVERLAP_DAYS, keep_nameless, read_message
from connector.errors import NotFound
from connector.model.activity import Channel
from connector.model.runs import OF_THE_PERSON, Phase
from connector.model.scope import Scope
from connector.model.tracking import Message, Period
from connector.store import message_books, people, person_activity

UNSUBSCRIBES_DAYS = 30
"""So far back the account's unsubscribes are asked about where no night has asked yet."""
_LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


def run_update(night: Night, scope: Scope) -> bool:
    """Bring a message's, or a person's, activity up to date. Raises `NotFound` where there is none such."""
    with counted(night):
        if scope.message_id is not None:
            _update_message(night, scope.message_id)
        else:
            update_person(night, scope.person_id)
        add_up(night)
    night.reached("updated")
    return True


def _update_message(night: Night, message_id: int) -> None:
    night.report(Phase.COLLECT)
    wanted = [message for message in night.realmagnet.messages_created(ever()) if message.id == message_id]
    if not wanted:
        raise NotFound("Real Magnet has no such message any more.")
    channels = [str(channel) for channel in night.realmagnet.channels(message_id, ever())]
    collect_now(night, wanted, {message_id: channels})


def update_person(night: Night, record_id: str) -> str:
    """Read whatever Real Magnet has of a Contact or Lead; answers who that is by now. Raises `NotFound`."""
    night.report(Phase.COLLECT)
    person_id, email = one_person.living(night, record_id)
    with night.database.read() as connection:
        before = person_activity.count(connection, night.org_id, person_id)
    own = one_person.recipients(night, person_id, email)
    every = night.realmagnet.messages_created(ever())
    wanted, faxes = _named(night, own, every)
    try:
        collect_now(night, wanted, {number: [Channel.FAX] for number in faxes})
        _unsubscribes(night, set(own), every)
    finally:
        with night.write() as connection:
            found = person_activity.count(connection, night.org_id, person_id) - before
            message_books.count_found(connection, night.run_id, {OF_THE_PERSON: found})
    return person_id


def _named(night: Night, own: Sequence[int], every: Sequence[Message]) -> tuple[list[Message], set[int]]:
    """The messages in these recipients' histories, the latest first, and which of them went by fax.

    A fax is named by its message's name only, so all messages of that name are looked at.
    """
    emails, fax_names = set[int](), set[str]()
    for recipient in own:
        history = night.realmagnet.history(recipient)
        emails |= history.emails
        fax_names |= history.faxes
    faxes = {message.id for message in every if message.name in fax_names}
    found = [message for message in every if message.id in emails or message.id in faxes]
    return sorted(found, key=lambda message: message.last_sent or _LONG_AGO, reverse=True), faxes


def _unsubscribes(night: Night, own: set[int], every: Sequence[Message]) -> None:
    """Those that the account's list tells of these recipients; the messages that it names are read, the others kept."""
    with night.database.read() as connection:
        mark = people.watermark(connection, night.org_id, "unsubscribes")
    today = clock.now().astimezone(clock.EASTERN).date()
    back = today - timedelta(days=UNSUBSCRIBES_DAYS)
    first = min(date.fromisoformat(mark) - timedelta(days=OVERLAP_DAYS), today) if mark else back
    period = Period(first, today + timedelta(days=1))
    told = [row for row in night.realmagnet.unsubscribes(period) if row.recipient.id in own]
    names = {row.message_name for row in told}
    for message in every:
        if message.name in names:
            read_message(night, message, ever())
    keep_nameless(night, [row for row in told if row.message_name not in {message.name for message in every}])
    read_consents(night, Period(not_read(night, back), period.last), lambda row: row.recipient.id in own)
