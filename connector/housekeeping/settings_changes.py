"""What differs between two documents of settings, line by line in plain words. It knows no store."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.housekeeping.settings_document import Document
from connector.model.rights import Area
from connector.model.uploads import When

NOTHING = "—"
"""What stands where one of the two has no such line."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NIGHT = {"enabled": "Nightly run", "local_time": "Local time", "zone": "Time zone", "same_address": "Same address"}
_BUDGETS = {
    "calls_percent": "API calls: most of Salesforce's allowance, in per cent",
    "calls_most": "API calls: most of our own in 24 hours",
    "consent_calls": "API calls: kept for opt-outs",
    "storage_percent": "Storage: most of Salesforce's, in per cent",
    "storage_most_mb": "Storage: most of our own, in megabytes",
}
_NOTICES = {
    "report": "Daily failure report",
    "report_time": "Time of the daily report",
    "fresh_hours": "Freshness promised, in hours",
}
_JOB = {
    "source": "source",
    "target": "group",
    "contact": "fields of a Contact",
    "lead": "fields of a Lead",
    "identifier": "identifier",
    "channel": "channel",
    "rules": "rules",
    "most_change": "most change, in per cent",
    "update": "existing recipients are updated",
}
_HOLDERS = {"everybody": "everybody", "profile": "profile", "permission set": "permission set"}


@dataclass(frozen=True)
class Line:
    """One setting that differs: in which section, what, from what to what."""

    section: str
    what: str = field(repr=False)
    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True)
class _Told:
    section: str
    what: str = field(repr=False)
    value: str = field(repr=False)


def between(old: Document, new: Document, names: Mapping[str, str]) -> Sequence[Line]:
    """The lines in which they differ, in the order of the screens. `names`: Salesforce id → name of a user."""
    before, after = dict(_lines(old, names)), dict(_lines(new, names))
    found: list[Line] = []
    for path in {**before, **after}:
        one, other = before.get(path), after.get(path)
        told = one or other
        values = (one.value if one else NOTHING, other.value if other else NOTHING)
        if told is not None and values[0] != values[1]:
            found.append(Line(told.section, told.what, *values))
    return sorted(found, key=lambda line: _SECTIONS.index(line.section))


_KINDS, _TIME, _CEILINGS = "Kinds of activity", "Nightly run", "Budgets"
_TOLD, _RIGHTS, _UPLOADS = "Notifications", "Rights", "Upload jobs"
_SECTIONS = (_KINDS, _TIME, _CEILINGS, _TOLD, _RIGHTS, _UPLOADS)

_Lines = Iterator[tuple[str, _Told]]


def _lines(document: Document, names: Mapping[str, str]) -> _Lines:
    for group, kind in document["kinds"].items():
        yield f"kinds.{group}", _Told(_KINDS, group, _kept(kind))
    yield from _plain(document["night"], _NIGHT, _TIME)
    yield from _plain(document["budgets"], _BUDGETS, _CEILINGS)
    yield from _plain(document["notices"], _NOTICES, _TOLD)
    for one in document["notices"]["addresses"]:
        path = f"addresses.{one['road']}.{one['address']}"
        yield path, _Told(_TOLD, f"{one['road'].capitalize()} to {one['address']}", one["wants"])
    yield from _of_rights(document["rights"], names)
    for job in document["upload_jobs"]:
        yield from _of_job(job)


def _kept(kind: Document) -> str:
    days = kind["keep_days"]
    rows = "rows kept for ever" if days is None else f"rows kept {days} days"
    without = f", without {', '.join(kind['off'])}" if kind["off"] else ""
    return f"{'on' if kind['selected'] else 'off'}, {kind['mode']}, {rows}{without}"


def _plain(found: Document, labels: Mapping[str, str], section: str) -> _Lines:
    for name, label in labels.items():
        yield f"{section}.{name}", _Told(section, label, _value(found[name]))


def _value(value: object) -> str:
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_rights(found: Document, names: Mapping[str, str]) -> _Lines:
    for one in found["defaults"]:
        holder = f"{_HOLDERS[one['holder']]} {one['name']}".strip()
        yield from _levels(f"default.{one['holder']}.{one['name']}", holder, one["levels"])
    for one in found["users"]:
        yield from _levels(f"user.{one['user']}", names.get(one["user"]) or f"user {one['user']}", one["levels"])


def _levels(path: str, holder: str, levels: Document) -> _Lines:
    for area in Area:
        if area in levels:
            yield f"{path}.{area}", _Told(_RIGHTS, f"{holder}: {area}", levels[area])


def _of_job(job: Document) -> _Lines:
    path, what, definition = f"job.{job['id']}", f"Upload job {job['id']}", job["definition"]
    yield f"{path}.name", _Told(_UPLOADS, f"{what}: name", job["name"])
    yield f"{path}.active", _Told(_UPLOADS, f"{what}: by its schedule", _value(job["active"]))
    yield f"{path}.timetable", _Told(_UPLOADS, f"{what}: schedule", planned(definition["timetable"]))
    for name, label in _JOB.items():
        yield f"{path}.{name}", _Told(_UPLOADS, f"{what}: {label}", _value(definition[name]))


def planned(times: Mapping[str, Any]) -> str:
    """A timetable in words; no two have the same, as far as they run otherwise."""
    if times["when"] == When.BY_HAND:
        return "by hand"
    days = ", ".join(_DAYS[day] for day in times["days"])
    return " ".join(
        str(part) for part in (times["when"], times["date"], days, times["local_time"], times["zone"]) if part
    )
