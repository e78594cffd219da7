"""The stand-in's own controls under /_sandbox/: time, people's fates, visibility, allowance; only from this machine."""

import ipaddress
import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, request

from sandbox.salesforce import storage
from sandbox.salesforce.database import Database, quoted
from sandbox.salesforce.gate import answer, backstage
from sandbox.salesforce.lifecycle import LifecycleError, convert, merge
from sandbox.salesforce.removal import delete_rows, undelete
from sandbox.salesforce.schema import SObject

admin = Blueprint("admin", __name__, url_prefix="/_sandbox")


@admin.before_app_request
def _only_loopback() -> None:
    if request.path.startswith("/_sandbox/") and not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - an unknown caller is not loopback
        abort(403)


def _asked(*names: str) -> list[Any]:
    body = request.get_json()
    missing = [name for name in names if name not in body]
    if missing:
        abort(Response(json.dumps({"error": f"missing: {', '.join(missing)}"}), 400, mimetype="application/json"))
    return [body[name] for name in names]


@admin.errorhandler(LifecycleError)
@admin.errorhandler(KeyError)
def _refused(error: Exception) -> Response:
    return answer({"error": str(error)}, 400)


@admin.get("/clock")
def clock() -> Response:
    now = backstage().org.clock
    return answer({"now": now.now().isoformat(), "offset_seconds": now.offset_seconds})


@admin.post("/clock")
def advance() -> Response:
    (seconds,) = _asked("advance_seconds")
    backstage().org.advance_clock(float(seconds))
    return clock()


@admin.post("/merge")
def merge_people() -> Response:
    survivor, loser = _asked("survivor", "loser")
    merge(backstage().org, survivor, loser)
    return answer({"survivor": survivor})


@admin.post("/convert")
def convert_lead() -> Response:
    (lead,) = _asked("lead")
    return answer({"contact": convert(backstage().org, lead, request.get_json().get("contact"))})


@admin.post("/delete")
def delete() -> Response:
    (ids,) = _asked("ids")
    org, done = backstage().org, list[dict[str, object]]()
    for record_id in ids:
        sobject = org.schema.by_prefix(str(record_id))
        if sobject is None:
            raise KeyError(record_id)
        with org.database.writing() as connection:
            for_ever = bool(request.get_json().get("for_ever"))
            (result,) = delete_rows(org, connection, sobject, [record_id], for_ever=for_ever)
        done.append({"id": record_id, "errors": [error.as_item() for error in result.errors]})
    return answer(done)


@admin.post("/undelete")
def bring_back() -> Response:
    (ids,) = _asked("ids")
    for record_id in ids:
        undelete(backstage().org, str(record_id))
    return answer({"undeleted": ids})


@admin.post("/rename")
def rename() -> Response:
    """Give a record another name, as its owner would: a report, a list view, a Campaign."""
    record_id, name = _asked("id", "name")
    org = backstage().org
    sobject = org.schema.by_prefix(str(record_id))
    if sobject is None or sobject.name_field != "Name" or not sobject.by_name["name"].stored:
        raise KeyError(record_id)
    now = org.clock.system_stamp()
    sql = f"UPDATE {quoted(sobject.name)} SET Name = ?, LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ?"
    with org.database.writing() as connection:
        connection.execute(sql, (name, now, now, record_id))
    return answer({"id": record_id, "name": name})


@admin.post("/field-visibility")
def field_visibility() -> Response:
    sobject, field, visible = _asked("object", "field", "visible")
    backstage().org.hide_field(sobject, field, hidden=not visible)
    return answer({"object": sobject, "field": field, "visible": bool(visible)})


@admin.post("/daily-limit")
def daily_limit() -> Response:
    (maximum,) = _asked("maximum")
    calls = backstage().calls
    calls.set_maximum(int(maximum))
    if request.get_json().get("reset"):
        calls.reset()
    return answer({"maximum": calls.maximum, "used": calls.used})


@admin.post("/storage-limit")
def storage_limit() -> Response:
    """Allow so many megabytes of data storage; `left` counts from what is used now."""
    org, body = backstage().org, request.get_json()
    (megabytes,) = _asked("left" if "left" in body else "maximum")
    storage.set_maximum(org, int(megabytes) + (storage.used(org) if "left" in body else 0))
    return answer({"maximum": storage.maximum(org), "used": storage.used(org)})


@admin.post("/expire-tokens")
def expire_tokens() -> Response:
    return answer({"expired": backstage().sessions.expire_access()})


@admin.post("/user-active")
def user_active() -> Response:
    """Make a user inactive, which ends the user's sessions at once, or active again."""
    username, active = _asked("username", "active")
    stage = backstage()
    user_id = stage.org.user_id(username)
    stage.org.set_active(user_id, active=bool(active))
    ended = 0 if active else stage.sessions.end_all_of(user_id)
    return answer({"user": user_id, "active": bool(active), "ended": ended})


@admin.post("/app-installed")
def app_installed() -> Response:
    """Whether the connected app is installed in the org; if not, no flow lets it in."""
    (installed,) = _asked("installed")
    backstage().org.set_setting("app_installed", "1" if installed else "0")
    return answer({"installed": bool(installed)})


@admin.get("/rows/<name>")
def rows(name: str) -> Response:
    """Every row of an object as JSON lines, deleted ones too: the independent count that checks read."""
    sobject = backstage().org.schema.find(name)
    if sobject is None:
        raise KeyError(name)
    wanted = request.args.get("fields", "Id").split(",")
    fields = [sobject.find(item) for item in wanted]
    chosen = [field.name for field in fields if field is not None and field.stored]
    if len(chosen) != len(wanted):
        raise KeyError(request.args["fields"])
    return Response(_lines(backstage().org.database, sobject, chosen), mimetype="application/x-ndjson")


def _lines(database: Database, sobject: SObject, names: list[str]) -> Iterator[str]:
    columns = ", ".join(quoted(name) for name in names)
    booleans = {place for place, name in enumerate(names) if sobject.by_name[name.lower()].type == "boolean"}
    with database.reading() as connection:
        for row in connection.execute(f"SELECT {columns} FROM {quoted(sobject.name)} ORDER BY row"):
            values = [bool(value) if place in booleans else value for place, value in enumerate(row)]
            yield json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False) + "\n"
