"""Reads a file of settings strictly: the document, or every fault with its place. Nothing of it is believed before."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn, cast

from connector import clock
from connector.errors import Misconfigured
from connector.housekeeping.settings_document import FORMAT, VERSION, Document
from connector.housekeeping.settings_faults import (
    MOST_FAULTS,
    Check,
    Fault,
    Faults,
    each,
    one_of,
    or_none,
    parts,
    some_from,
    some_of,
    time_of_day,
    whole,
    words,
    yes_or_no,
    zone,
)
from connector.model.activity import ACTIVITIES, COLLECTED
from connector.model.addresses import email_trouble
from connector.model.rights import Area, Holder, Level
from connector.model.storage import modes_of
from connector.model.uploads import Definition, When, from_json
from connector.store.notice_addresses import MOST
from connector.store.upload_schedule import next_run

MOST_BYTES = 1024 * 1024
LARGEST = 2**31 - 1
_MOST_LISTED = 5000
ROADS = ("mail", "webhook")
WANTS = ("never", "errors", "always")
SAME_ADDRESS = ("contact over lead", "all")


def check(raw: bytes, organization: str) -> tuple[Document | None, Sequence[Fault]]:
    """The document of a file for this organization, in the order in which ours are; or what is wrong with it."""
    try:
        found = _parsed(raw)
    except ValueError as error:
        return None, [Fault("", str(error))]
    faults = _of_another_kind(found, organization)
    if not faults:
        _WHOLE(found, "", faults)
    return (None, faults[:MOST_FAULTS]) if faults else (_ordered(found), ())


def _parsed(raw: bytes) -> Document:
    if len(raw) > MOST_BYTES:
        raise ValueError("The file is larger than 1 MB: that is no file of settings.")
    try:
        found = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except _Twice as error:
        raise ValueError(str(error)) from None
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON: it breaks off or goes wrong in line {error.lineno}.") from None
    except (ValueError, RecursionError):
        raise ValueError("This is not JSON that can be read.") from None
    if not isinstance(found, dict):
        raise ValueError("This is no file of settings: it is no JSON object.")  # noqa: TRY004  # a file, not our mistake
    return cast("Document", found)


class _Twice(ValueError):
    """A name stands in an object twice."""


def _once(pairs: list[tuple[str, Any]]) -> Document:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"“{twice[:40]}” stands twice in one object: it is not clear which of them is meant.")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _of_another_kind(found: Document, organization: str) -> Faults:
    if found.get("format") != FORMAT:
        return [Fault("format", f"must be “{FORMAT}”: this is another kind of file")]
    if found.get("version") != VERSION or isinstance(found.get("version"), bool):
        return [Fault("version", f"must be {VERSION}: other versions are not known here")]
    if found.get("organization") != organization:
        return [Fault("organization", f"must be “{organization}”: the file is of another organization")]
    return []


def _kind(group: str) -> Check:
    modes = [str(mode) for mode in modes_of(group)]
    off = some_from([activity.label for activity in ACTIVITIES if activity.group == group])
    return parts({"selected": yes_or_no, "mode": one_of(modes), "keep_days": or_none(whole(1, 3650)), "off": off})


def _address(value: object, path: str, faults: Faults) -> None:
    before = len(faults)
    parts({"road": one_of(ROADS), "address": words(500, 1), "wants": one_of(WANTS)})(value, path, faults)
    if len(faults) > before:
        return
    found = cast("Document", value)
    if found["road"] == "mail" and email_trouble(found["address"]):
        faults.append(Fault(f"{path}.address", "is no e-mail address"))


def _default(value: object, path: str, faults: Faults) -> None:
    before = len(faults)
    parts({"holder": one_of(list(Holder)), "name": words(120), "levels": _LEVELS})(value, path, faults)
    if len(faults) > before:
        return
    found = cast("Document", value)
    if (found["holder"] == Holder.EVERYBODY) == bool(found["name"]):
        faults.append(Fault(f"{path}.name", "must be empty for everybody, and only then"))


def _job(value: object, path: str, faults: Faults) -> None:
    before = len(faults)
    shape = {"id": whole(1, LARGEST), "name": words(255), "active": yes_or_no, "definition": _anything}
    parts(shape)(value, path, faults)
    if len(faults) > before:
        return
    try:
        definition = definition_of(cast("Document", value))
    except (LookupError, TypeError, ValueError, AttributeError):
        faults.append(Fault(f"{path}.definition", "is not whole: leave it as it was in the file that was downloaded"))
        return
    _timetable(definition, f"{path}.definition.timetable", faults)


def _timetable(definition: Definition, path: str, faults: Faults) -> None:
    times = definition.timetable
    days = cast("Sequence[object]", times.days)
    if any(isinstance(day, bool) or day not in range(7) for day in days):
        faults.append(Fault(f"{path}.days", "must be weekdays from 0 (Monday) to 6"))
    if times.when is When.BY_HAND:
        return
    time_of_day(times.local_time, f"{path}.local_time", faults)
    zone(times.zone, f"{path}.zone", faults)
    if not faults:
        try:
            next_run(times, clock.now())
        except (Misconfigured, TypeError) as error:
            faults.append(Fault(path, str(error) if isinstance(error, Misconfigured) else "must be a timetable"))


def definition_of(job: Document) -> Definition:
    """The definition of a job in a document. Raises what `from_json` raises where it is not whole."""
    return from_json(json.dumps(job["definition"]))


def _anything(value: object, path: str, faults: Faults) -> None:
    if not isinstance(value, dict):
        faults.append(Fault(path, "must be an object"))


_LEVELS = some_of(list(Area), one_of(list(Level)))
_USER = parts({"user": words(18, 15), "levels": _LEVELS})
_WHOLE = parts(
    {
        "format": words(40),
        "version": whole(1, VERSION),
        "organization": words(18),
        "kinds": parts({str(group): _kind(group) for group in COLLECTED}),
        "night": parts(
            {"enabled": yes_or_no, "local_time": time_of_day, "zone": zone, "same_address": one_of(SAME_ADDRESS)}
        ),
        "budgets": parts(
            {
                "calls_percent": whole(1, 100),
                "calls_most": or_none(whole(1, LARGEST)),
                "consent_calls": whole(0, LARGEST),
                "storage_percent": whole(1, 100),
                "storage_most_mb": or_none(whole(1, LARGEST)),
            }
        ),
        "notices": parts(
            {
                "report": yes_or_no,
                "report_time": time_of_day,
                "fresh_hours": whole(1, 720),
                "addresses": each(_address, ("road", "address"), MOST),
            }
        ),
        "rights": parts(
            {
                "defaults": each(_default, ("holder", "name"), _MOST_LISTED),
                "users": each(_USER, ("user",), _MOST_LISTED),
            }
        ),
        "upload_jobs": each(_job, ("id",), _MOST_LISTED),
    }
)


def _ordered(found: Document) -> Document:
    """As our own documents are: lists in order, nothing that says nothing."""
    rights, notices = found["rights"], found["notices"]
    defaults = [one for one in rights["defaults"] if one["levels"]]
    users = [one for one in rights["users"] if one["levels"]]
    return {
        **found,
        "kinds": {group: {**kind, "off": sorted(kind["off"])} for group, kind in found["kinds"].items()},
        "notices": {
            **notices,
            "addresses": sorted(notices["addresses"], key=lambda one: (one["road"], one["address"])),
        },
        "rights": {
            "defaults": sorted(defaults, key=lambda one: (one["holder"], one["name"])),
            "users": sorted(users, key=lambda one: one["user"]),
        },
        "upload_jobs": [
            {**job, "definition": json.loads(definition_of(job).to_json())}
            for job in sorted(found["upload_jobs"], key=lambda job: job["id"])
        ],
    }
