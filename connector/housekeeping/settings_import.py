"""Puts a document of settings into force: what of it can be, what that changes, and all of it or none."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from connector import clock
from connector.errors import Refused
from connector.housekeeping import settings_changes, settings_document
from connector.housekeeping.settings_changes import Line
from connector.housekeeping.settings_check import definition_of
from connector.housekeeping.settings_document import BUDGETS, NOTICES, Document
from connector.model import schedule as timetable
from connector.model.rights import Area, Holder, Level, allows
from connector.model.uploads import JobState, Timetable
from connector.store import audit, choices, codes_off, notice_addresses, rights, schedule, upload_jobs, upload_schedule
from connector.store.audit import Actor

Entered = Callable[[str, Timetable], Mapping[str, Any]]
"""A job's name and timetable as they would have been entered in the wizard."""

IMPORTED = "Applied settings from a file"


class Meanwhile(Refused):
    """The settings are not what the comparison showed any more."""


@dataclass(frozen=True)
class Cannot:
    """What the document asks for and a file cannot do, with the reason."""

    what: str = field(repr=False)
    why: str


@dataclass(frozen=True)
class Plan:
    """A dry run: how the settings would be, in which lines that differs from now, what cannot be. `digest` names what
    was compared with what."""

    before: Document = field(repr=False)
    after: Document = field(repr=False)
    lines: Sequence[Line] = field(repr=False)
    cannot: Sequence[Cannot]
    digest: str


def plan(connection: Connection, org_id: int, wanted: Document) -> Plan:
    """What putting a checked document into force would do."""
    before, names = settings_document.read(connection, org_id), user_names(connection, org_id)
    cannot: list[Cannot] = []
    after = {
        **wanted,
        "notices": {**wanted["notices"], "addresses": _addresses(before, wanted, cannot)},
        "rights": {**wanted["rights"], "users": _users(wanted, names, cannot)},
        "upload_jobs": _jobs(before, wanted, cannot),
    }
    lines = settings_changes.between(before, after, names)
    return Plan(before, after, lines, cannot, settings_document.digest(before, wanted))


def user_names(connection: Connection, org_id: int) -> dict[str, str]:
    """The org's users: Salesforce id → name."""
    statement = text("SELECT salesforce_id, name FROM users WHERE org_id = :org")
    return {str(user): str(name) for user, name in connection.execute(statement, {"org": org_id})}


def _addresses(before: Document, wanted: Document, cannot: list[Cannot]) -> list[Document]:
    known = {one["address"] for one in before["notices"]["addresses"] if one["road"] == "webhook"}
    named = [one for one in wanted["notices"]["addresses"] if one["road"] == "webhook"]
    found = [one for one in wanted["notices"]["addresses"] if one["road"] == "mail"]
    for one in named:
        if one["address"] in known:
            found.append(one)
        else:
            cannot.append(Cannot(f"Webhook to {one['address']}", "It needs a secret: add it in Notifications."))
    kept = [
        one
        for one in before["notices"]["addresses"]
        if one["road"] == "webhook" and one["address"] not in {other["address"] for other in named}
    ]
    cannot.extend(
        Cannot(f"No webhook to {one['address']}", "It stays: its secret would be lost. Remove it in Notifications.")
        for one in kept
    )
    return sorted([*found, *kept], key=lambda one: (one["road"], one["address"]))


def _users(wanted: Document, names: Mapping[str, str], cannot: list[Cannot]) -> list[Document]:
    cannot.extend(
        Cannot(f"Rights of user {one['user']}", "Nobody here has this Salesforce id.")
        for one in wanted["rights"]["users"]
        if one["user"] not in names
    )
    return [one for one in wanted["rights"]["users"] if one["user"] in names]


def _jobs(before: Document, wanted: Document, cannot: list[Cannot]) -> list[Document]:
    found = {job["id"]: job for job in before["upload_jobs"]}
    for job in wanted["upload_jobs"]:
        known = found.get(job["id"])
        if known is None:
            what = f"Upload job {job['id']} {job['name']}".strip()
            cannot.append(Cannot(what, "There is none of this number. A new one is made in Upload Jobs."))
            continue
        times = {"timetable": job["definition"]["timetable"]}
        if {**job["definition"], **times} != {**known["definition"], **times}:
            why = "They stay as they are: they are changed in Upload Jobs, where both vendors are asked."
            cannot.append(Cannot(f"Source, group, fields or rules of upload job {job['id']} {job['name']}", why))
        found[job["id"]] = {**known, **job, "definition": {**known["definition"], **times}}
    return [found[number] for number in sorted(found)]


def apply(connection: Connection, actor: Actor, wanted: Document, seen: str, entered: Entered) -> Plan:
    """Do what the dry run `seen` showed, in this transaction. Raises `Meanwhile` when that is not true any more, and
    `Refused` when whoever does it could not do it again."""
    rights.take_turn(connection, actor.org_id)
    made = plan(connection, actor.org_id, wanted)
    if made.digest != seen:
        raise Meanwhile("Somebody changed a setting meanwhile, so nothing was done. This is how it stands now.")
    _night_and_kinds(connection, actor.org_id, made)
    _notices_and_budgets(connection, actor.org_id, made)
    _rights(connection, actor.org_id, made)
    if actor.user_id is not None and not allows(rights.of_user(connection, actor.user_id), Area.SETTINGS, Level.FULL):
        raise Refused("Nothing was done: it would take Settings: Full from yourself.")
    _change_jobs(connection, actor.org_id, made, entered)
    told = {f"{line.section}, {line.what}": line for line in made.lines}
    before, after = ({name: getattr(line, side) for name, line in told.items()} for side in ("old", "new"))
    audit.record(connection, actor, IMPORTED, before, after)
    return made


def _night_and_kinds(connection: Connection, org_id: int, made: Plan) -> None:
    night, kinds = made.after["night"], made.after["kinds"]
    if night != made.before["night"]:
        schedule.plan(connection, org_id, enabled=night["enabled"], local_time=night["local_time"], zone=night["zone"])
        connection.execute(
            text("UPDATE nights SET same_address = :policy WHERE org_id = :org"),
            {"org": org_id, "policy": night["same_address"]},
        )
    if kinds != made.before["kinds"]:
        chosen = [group for group, kind in kinds.items() if kind["selected"]]
        choices.choose(connection, org_id, chosen, {group: kind["mode"] for group, kind in kinds.items()})
        codes_off.choose(connection, org_id, {group: kind["off"] for group, kind in kinds.items()})
        statement = text("UPDATE kind_choices SET keep_days = :days WHERE org_id = :org AND activity_group = :group")
        connection.execute(
            statement, [{"org": org_id, "group": group, "days": kind["keep_days"]} for group, kind in kinds.items()]
        )


def _notices_and_budgets(connection: Connection, org_id: int, made: Plan) -> None:
    before, after = made.before, made.after
    if after["budgets"] != before["budgets"]:
        _put(connection, "budgets", org_id, {name: after["budgets"][name] for name in BUDGETS})
    told, zone = after["notices"], after["night"]["zone"]
    chosen = {name: told[name] for name in NOTICES}
    if chosen != {name: before["notices"][name] for name in NOTICES} or zone != before["night"]["zone"]:
        due = timetable.next_run(told["report_time"], zone, clock.now()) if told["report"] else None
        _put(connection, "notice_settings", org_id, {**chosen, "next_report_at": due and clock.milliseconds(due)})
    if told["addresses"] != before["notices"]["addresses"]:
        _put_addresses(connection, org_id, told["addresses"])


def _put(connection: Connection, table: str, org_id: int, values: Mapping[str, object]) -> None:
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    changed = ", ".join(f"{name} = excluded.{name}" for name in values)
    statement = text(
        f"INSERT INTO {table} (org_id, {names}) VALUES (:org, {marks}) "  # noqa: S608  # our own words
        f"ON CONFLICT (org_id) DO UPDATE SET {changed}"
    )
    connection.execute(statement, {"org": org_id, **values})


def _put_addresses(connection: Connection, org_id: int, wanted: Sequence[Document]) -> None:
    kept = {one["address"] for one in wanted if one["road"] == "mail"}
    mails = text("SELECT id, address FROM notice_addresses WHERE org_id = :org AND road = 'mail'")
    for number, address in connection.execute(mails, {"org": org_id}).all():
        if address not in kept:
            notice_addresses.remove(connection, int(number))
    statement = text("""
        INSERT INTO notice_addresses (org_id, road, address, wants, created_at)
        VALUES (:org, :road, :address, :wants, :now)
        ON CONFLICT (org_id, road, address) DO UPDATE SET wants = excluded.wants
    """)
    now = clock.milliseconds(clock.now())
    for one in wanted:
        connection.execute(statement, {"org": org_id, "now": now, **one})


def _rights(connection: Connection, org_id: int, made: Plan) -> None:
    before, after = (
        {(one["holder"], one["name"]): one["levels"] for one in of["rights"]["defaults"]} for of in _both(made)
    )
    for holder, name in {**before, **after}:
        levels = after.get((holder, name))
        if levels != before.get((holder, name)):
            known = None if levels is None else {Area(area): Level(level) for area, level in levels.items()}
            rights.set_defaults(connection, org_id, Holder(holder), name, known)
    own_before, own = ({one["user"]: one["levels"] for one in of["rights"]["users"]} for of in _both(made))
    statement = text("SELECT id FROM users WHERE org_id = :org AND salesforce_id = :user")
    for user in {**own_before, **own}:
        levels = own.get(user, {})
        if levels != own_before.get(user, {}):
            user_id = int(connection.execute(statement, {"org": org_id, "user": user}).scalar_one())
            rights.give(connection, user_id, {a: Level(levels[a]) if a in levels else None for a in Area})


def _both(made: Plan) -> tuple[Document, Document]:
    return made.before, made.after


def _change_jobs(connection: Connection, org_id: int, made: Plan, entered: Entered) -> None:
    before = {job["id"]: job for job in made.before["upload_jobs"]}
    for job in made.after["upload_jobs"]:
        if job != before[job["id"]]:
            _change_job(connection, org_id, job, entered)


def _change_job(connection: Connection, org_id: int, job: Document, entered: Entered) -> None:
    known, definition = upload_jobs.get(connection, org_id, job["id"]), definition_of(job)
    if known is None:
        raise Meanwhile("An upload job was deleted meanwhile, so nothing was done.")
    entries = {**known.entries, "when": dict(entered(job["name"], definition.timetable))}
    statement = text(
        "UPDATE upload_jobs SET name = :name, definition = :definition, entries = :entries, changed_at = :now "
        "WHERE id = :id AND org_id = :org"
    )
    values = {"name": job["name"], "definition": definition.to_json(), "entries": json.dumps(entries)}
    now = clock.now()
    connection.execute(statement, {**values, "id": job["id"], "org": org_id, "now": clock.milliseconds(now)})
    upload_jobs.set_state(connection, job["id"], JobState.ACTIVE if job["active"] else JobState.PAUSED)
    due = upload_schedule.next_run(definition.timetable, now) if job["active"] else None
    upload_jobs.set_next_run(connection, job["id"], due)
