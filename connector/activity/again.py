"""Run again: a night, some days, a message, a person or what failed, taken from the start once more; safe at any time.

It reads again what the scope is about, has it decided anew, and writes only what stands otherwise in Salesforce. What a
person deleted stays deleted; only the undo of the very run that runs again is lifted.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from connector.activity.at_once import collect_now
from connector.activity.backfill import messages_of, nameless, period_of
from connector.activity.deleting import in_chunks, put_aside
from connector.activity.figures import add_up
from connector.activity.gap import Astray, compare_messages, compare_person, read_again
from connector.activity.index_people import index_people
from connector.activity.night import Night
from connector.activity.nightly import carry_through
from connector.activity.restoring import bring_back
from connector.activity.updating import update_person
from connector.model.scope import Scope
from connector.store import again, deletions, runs
from connector.store.again import Past


@dataclass(frozen=True)
class About:
    """What a scope came to: messages, or one living person; `past` is the night that runs again, if it is one."""

    messages: Sequence[int] = ()
    person_id: str = ""
    past: Past | None = None


def run_again(night: Night, scope: Scope) -> bool:
    """Run a scope again; doing so twice changes nothing. True when nothing was rejected and the books close.

    Raises `NotFound` for a person whom nobody knows any more.
    """
    return carry_through(night, partial(_prepare, night, scope))


def _prepare(night: Night, scope: Scope) -> None:
    lifted = _lift(night, scope)
    bring_back(night)
    index_people(night)
    about = _read(night, scope)
    add_up(night)
    night.reached("read again")
    found = compare_person(night, about.person_id) if about.person_id else compare_messages(night, about.messages)
    _decide_anew(night, scope, about)
    with night.write() as connection:
        runs.note(connection, night.run_id, _words(scope, about, found, lifted))
    night.reached("prepared")


def _lift(night: Night, scope: Scope) -> bool:
    """Lift what undid the night, so that its rows come back; whether there was any such thing."""
    if scope.run_id is None:
        return False
    with night.write() as connection:
        run = runs.get(connection, night.run_id)
        who = run["requested_by"] if run is not None else None
        family = again.family(connection, night.org_id, scope.run_id)
        found = again.undone(connection, night.org_id, family)
        for deletion_id in found:
            deletions.restore(connection, night.org_id, deletion_id, who)
    return bool(found)


def _read(night: Night, scope: Scope) -> About:
    if scope.only_failed:
        return About()
    if scope.person_id:
        return About(person_id=update_person(night, scope.person_id))
    if scope.from_at is not None:
        return _read_days(night, scope)
    if scope.message_id is not None:
        about = About([scope.message_id])
    else:
        with night.database.read() as connection:
            past = again.past(connection, night.org_id, scope.run_id or 0)
            about = About(again.messages(connection, night.org_id, past), past=past)
    read_again(night, set(about.messages))
    return about


def _read_days(night: Night, scope: Scope) -> About:
    days = period_of(scope)
    found = messages_of(night, scope, days)
    collect_now(night, found)
    nameless(night, found, scope, days)
    with night.database.read() as connection:
        known = again.messages_sent(connection, night.org_id, scope.from_at or 0, scope.before_at or 0)
    return About(sorted({*known, *(message.id for message in found)}))


def _decide_anew(night: Night, scope: Scope, about: About) -> None:
    for keys in _decided(night, scope, about):
        in_chunks(night, put_aside(keys), lambda connection, rows: again.decide_anew(connection, night.org_id, rows))


def _decided(night: Night, scope: Scope, about: About) -> Generator[Iterable[str]]:
    database, org_id = night.database, night.org_id
    if about.person_id:
        yield again.of_person(database, org_id, about.person_id)
    elif about.past is not None:
        yield again.of_past(database, org_id, about.past)
    else:
        yield from (again.of_message(database, org_id, number) for number in about.messages)
    if scope.from_at is not None:
        yield again.of_nobody(database, org_id, scope.from_at, scope.before_at or 0)


def _words(scope: Scope, about: About, found: Astray, lifted: bool) -> str:
    """What a person reads on the run's page."""
    if scope.only_failed:
        return "What Salesforce had refused was sent once more."
    many = len(about.messages)
    said = [] if about.person_id else [f"{many:,} {'message was' if many == 1 else 'messages were'} read again."]
    if lifted:
        said.append("The undo was lifted: its rows are written again.")
    return " ".join([*said, found.words])
