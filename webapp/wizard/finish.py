"""Finishes the wizard: makes the new group, saves the job and starts its first run if that was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from connector import clock
from connector.errors import ConnectorError, Temporary, Unsure
from connector.model.groups import Group
from connector.model.runs import Trigger, upload_of
from connector.model.uploads import Definition, When
from connector.realmagnet.gateway import RealMagnet
from connector.store import audit, claims, upload_jobs, upload_schedule
from connector.store.claims import Asked, Claim
from connector.store.forgetting import forget_deleted
from connector.store.upload_jobs import UploadJob
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import drafts, vendors
from webapp.wizard.drafts import Draft
from webapp.wizard.forms.group import EXISTING
from webapp.wizard.forms.reading import Problems
from webapp.wizard.forms.when import DAYS
from webapp.wizard.group import OTHER_NAME
from webapp.wizard.steps import Step

log = structlog.get_logger("webapp.wizard")

CREATING = "creating"
"""The name of the group that Real Magnet was asked to make while its answer is not known: found again by it."""

DELETED = "The upload job that you are changing was deleted meanwhile, so the changes cannot be saved."


@dataclass(frozen=True)
class Finished:
    """The saved job's number; or what is wrong with which step."""

    job_id: int = 0
    step: Step = Step.WHEN
    problems: Problems | None = None


def finish(draft: Draft, *, run_now: bool) -> Finished:
    """Make the group if it is new, save, and run if that was asked for. Every step is known to be fine."""
    definition = draft.definition
    if definition is None:
        raise ValueError("an unfinished draft is not saved")
    if draft.job.edits_id is not None and _edited(draft) is None:
        return Finished(problems={"": DELETED})
    if not definition.target.group_id:
        made = _make_group(draft, definition.target.name)
        if isinstance(made, Finished):
            return made
        draft = made
    with wiring().services.database.write() as connection:
        job_id = _save(connection, drafts.store(connection, draft, draft.entries))
        claim = _claim(connection, job_id) if run_now else None
    if draft.job.edits_id is not None:
        forget_deleted(wiring().services.database, draft.job.org_id)  # the people of this draft's preview
    if claim is not None and claim.fresh:
        try:
            wiring().enqueue_run(claim)
        except Temporary:
            log.warning("queue away", run=claim.run_id)  # the row is committed: the tick finds it
    return Finished(job_id)


def _edited(draft: Draft) -> UploadJob | None:
    with wiring().services.database.read() as connection:
        return upload_jobs.get(connection, draft.job.org_id, draft.job.edits_id or 0)


def _make_group(draft: Draft, name: str) -> Draft | Finished:
    """The draft with its group's number, kept before anything else can fail."""
    answer = vendors.realmagnet(lambda asked: _create(asked, draft, name), 0)
    if answer.error:
        return Finished(problems={"": f"The group “{name}” could not be made. {answer.trouble}"})
    if not answer.value:
        drafts.learn(draft, Step.GROUP, {CREATING: ""})
        return Finished(step=Step.GROUP, problems={"new_name": f"A group of this name exists already. {OTHER_NAME}"})
    entries = draft.step(Step.GROUP)
    made = {"which": EXISTING, "group_id": answer.value, "group_name": name, CREATING: "", "new_name": ""}
    how = entries.get("how", {})
    return drafts.learn(draft, Step.GROUP, {**made, "how": {**how, EXISTING: str(_how(draft))}})


def _how(draft: Draft) -> str:
    definition = draft.definition
    return str(definition.target.how) if definition else ""


def _create(asked: RealMagnet, draft: Draft, name: str) -> int:
    """The new group's number; 0 when there is one of this name that others made or use."""
    named = asked.groups_named(name)
    if named:
        return _adopted(asked, named) if draft.step(Step.GROUP).get(CREATING) == name else 0
    drafts.learn(draft, Step.GROUP, {CREATING: name})
    try:
        return asked.create_group(name)
    except Unsure:
        named = asked.groups_named(name)
        if not named:
            raise
        return _adopted(asked, named)
    except ConnectorError:
        drafts.learn(draft, Step.GROUP, {CREATING: ""})  # surely not made: whoever makes one later is not us
        raise


def _adopted(asked: RealMagnet, named: Sequence[Group]) -> int:
    """The group that we asked for and got no answer about, if it can be no other: the only one, and empty."""
    return named[0].id if len(named) == 1 and not asked.group_size(named[0].id).members else 0


def _save(connection: Connection, draft: Draft) -> int:
    definition = draft.definition
    if definition is None:
        raise ValueError("an unfinished draft is not saved")
    org_id = visitor().org_id
    edited = upload_jobs.get(connection, org_id, draft.job.edits_id) if draft.job.edits_id else None
    next_run_at = upload_schedule.next_run(definition.timetable, clock.now())
    job_id = upload_jobs.save(connection, draft.job, definition, next_run_at)
    before = _described(edited.name, edited.definition) if edited and edited.definition else {}
    action = "Changed an upload job" if edited else "Created an upload job"
    actor = audit.Actor(org_id, visitor().user_id)
    audit.record(connection, actor, action, before, _described(draft.job.name, definition))
    log.info("upload job saved", org=org_id, user=visitor().user_id, job=job_id)
    return job_id


def _claim(connection: Connection, job_id: int) -> Claim | None:
    who = visitor()
    job = upload_jobs.get(connection, who.org_id, job_id)
    if job is None:
        return None
    return claims.claim(connection, who.org_id, Asked(Trigger.RUN_NOW, who.user_id), upload_of(job.id, job.group_id))


def _described(name: str, found: Definition) -> dict[str, object]:
    """A job in the words of the audit log."""
    times = found.timetable
    days = ", ".join(DAYS[day] for day in times.days)
    planned = " ".join(part for part in (times.date or days, times.local_time, times.zone) if part)
    return {
        "name": name,
        "source": f"{found.source.kind} {found.source.name}",
        "query": found.source.soql,
        "member statuses": ", ".join(found.source.statuses) or "all",
        "group": found.target.name,
        "how": str(found.target.how),
        "contact fields": ", ".join(f"{p.recipient_field}={p.person_field or p.default}" for p in found.contact),
        "lead fields": ", ".join(f"{p.recipient_field}={p.person_field or p.default}" for p in found.lead),
        "channel": str(found.channel),
        "identifier": str(found.identifier),
        "existing recipients": "updated" if found.update else "left as they are",
        "rules": ", ".join(sorted(found.rules)),
        "most change": found.most_change,
        "when": str(When.BY_HAND) if times.when is When.BY_HAND else f"{times.when}: {planned}",
    }
