"""What can be sent and to whom, as Real Magnet has it now: asked for once a minute, however fast somebody types."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar, cast

import structlog
from flask import current_app

from connector import clock
from connector.errors import ConnectorError
from connector.model.groups import Group, MessageDetails
from connector.model.tracking import Message, Period
from connector.model.uploads import How, JobState
from connector.realmagnet.gateway import RealMagnet
from connector.store import send_groups, send_promises, upload_jobs
from connector.store.send_promises import Filling
from connector.store.upload_jobs import UploadJob
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.sends")

T = TypeVar("T")

KEPT_SECONDS = 60.0
SHOWN = 10
"""So many are listed; who looks for another one types more of its name."""

_KEPT = "real-magnet-sends"
_LONG_AGO = date(1990, 1, 1)
_NEVER = datetime.min.replace(tzinfo=UTC)
HALF = "Only partly filled: an upload into it broke off. No message goes to it until an upload has filled it."
ONLY_ADDS = (
    "%s only adds: people who opted out in Salesforce since stay in the group; Real Magnet's own unsubscribes hold."
)
AS_IT_IS = "Nothing refreshes this group: it is sent as it is."


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What Real Magnet answered, or in its place what went wrong, in words."""

    value: T
    trouble: str = ""


@dataclass(frozen=True)
class GroupChoice:
    """A group with how it will be refreshed before a message goes to it, and by which upload jobs."""

    id: int
    name: str
    refreshed: str
    jobs: Sequence[int] = ()


@dataclass(frozen=True)
class Listed(Generic[T]):
    """Some of what there is: `more` that are not shown."""

    rows: Sequence[T]
    more: int


def messages() -> Answer[Sequence[Message]]:
    """Every message of the account, sent or not, the one that somebody worked on last on top."""
    tomorrow = clock.now().astimezone(clock.EASTERN).date() + timedelta(days=1)
    found = _kept("messages", lambda realmagnet: realmagnet.messages_created(Period(_LONG_AGO, tomorrow)), [])
    latest = sorted(found.value, key=lambda one: max(one.created or _NEVER, one.last_sent or _NEVER), reverse=True)
    return Answer(latest, found.trouble)


def groups() -> Answer[Sequence[Group]]:
    """Every group of the account, by name."""
    found = _kept("groups", lambda realmagnet: realmagnet.groups(), [])
    return Answer(sorted(found.value, key=lambda group: group.name.casefold()), found.trouble)


def details(message_id: int) -> MessageDetails:
    """One message as it is now. Raises `NotFound` and whatever else Real Magnet says."""
    with closing(wiring().services.realmagnet(visitor().org_id)) as realmagnet:
        return realmagnet.message_details(message_id)


def messages_named(text: str, chosen: int) -> Answer[Listed[Message]]:
    """Those whose name has every word of a text; the chosen one is always among them."""
    found = messages()
    return Answer(_listed(found.value, text, {chosen}), found.trouble)


def groups_named(text: str, chosen: Iterable[int]) -> Answer[Listed[GroupChoice]]:
    """The groups whose name has every word of a text; the chosen ones are always among them."""
    found = groups()
    some = _listed(found.value, text, set(chosen))
    ways = refreshing([group.id for group in some.rows])
    filled = filling([group.id for group in some.rows])
    rows = [
        GroupChoice(group.id, group.name, ways[group.id], [one.job_id for one in filled if one.group_id == group.id])
        for group in some.rows
    ]
    return Answer(Listed(rows, some.more), found.trouble)


def refreshing(group_ids: Sequence[int]) -> Mapping[int, str]:
    """How each group is refreshed before a send, in words."""
    states = [JobState.ACTIVE, JobState.PAUSED]
    with wiring().services.database.read() as connection:
        jobs = upload_jobs.of_org(connection, visitor().org_id, states)
        partly = send_groups.standing(connection, visitor().org_id, group_ids).partly
    return {
        group_id: _way([job for job in jobs if job.group_id == group_id], partly=group_id in partly)
        for group_id in group_ids
    }


def filling(group_ids: Sequence[int]) -> Sequence[Filling]:
    """The upload jobs that refresh these groups before a send."""
    with wiring().services.database.read() as connection:
        return send_promises.active(connection, visitor().org_id, group_ids)


def _way(jobs: Sequence[UploadJob], *, partly: bool) -> str:
    active = [f"“{job.name}”" for job in jobs if job.state is JobState.ACTIVE]
    if active:
        filled = f"Filled by the upload {'job' if len(active) == 1 else 'jobs'} {' and '.join(active)} just before."
        return f"{filled} {_staying(jobs, alone=len(active) == 1)}".strip()
    if partly:
        return HALF
    if jobs:
        return f"Its upload job “{jobs[0].name}” is paused: it is sent as it is."
    return AS_IT_IS


def _staying(jobs: Sequence[UploadJob], *, alone: bool) -> str:
    """What to know of jobs that leave in the group whoever is in it; nothing when there are none."""
    active = [job for job in jobs if job.state is JobState.ACTIVE and job.definition is not None]
    adding = [f"“{job.name}”" for job in active if job.definition and job.definition.target.how is How.ADD]
    return " ".join(ONLY_ADDS % ("This job" if alone else name) for name in adding)


def _listed(found: Sequence[Any], text: str, chosen: set[int]) -> Listed[Any]:
    words = text.casefold().split()
    first = [one for one in found if one.id in chosen]
    fitting = [one for one in found if one.id not in chosen and all(word in one.name.casefold() for word in words)]
    return Listed([*first, *fitting[:SHOWN]], max(0, len(fitting) - SHOWN))


def _kept(what: str, ask: Callable[[RealMagnet], T], otherwise: T) -> Answer[T]:
    kept: dict[tuple[int, str], tuple[float, object]] = current_app.extensions.setdefault(_KEPT, {})
    place = (visitor().org_id, what)
    since, value = kept.get(place, (0.0, otherwise))
    if place in kept and time.monotonic() - since < KEPT_SECONDS:
        return Answer(cast("T", value))
    try:
        with closing(wiring().services.realmagnet(place[0])) as realmagnet:
            found = ask(realmagnet)
    except ConnectorError as error:
        log.warning("not answered", what=what, error=type(error).__name__, reason=str(error))
        return Answer(otherwise, f"{error} {error.advice}".strip())
    now = time.monotonic()
    for old, (since, _value) in list(kept.items()):
        if now - since > KEPT_SECONDS:
            kept.pop(old, None)
    kept[place] = (now, found)
    return Answer(found)
