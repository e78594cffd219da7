"""Uploads: a CSV taken at once and applied a little later, in no promised order; knows no HTTP."""

from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from sandbox.realmagnet import answers, wire
from sandbox.realmagnet.account import SECOND, wall_now
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.contract import BadContractError, Body

QUEUED, DONE = 1, 3  # the vendor's numbers are not public: assumed
_CLOCK_WAIT = 60_000


def upload_recipients(call: Call) -> dict[str, Any]:
    """Answers with the job's number before any row is read: what is wrong with rows and mapping, its state tells.

    A group or a login that does not exist is told at once (assumed).
    """
    body = call.body
    group_id, login_id, request = body.integer("GroupId"), body.integer("LoginId"), _request(body)
    if call.account.value("SELECT 1 FROM list_group WHERE id = ?", group_id) is None:
        return answers.api_response(0, "INVALID_GROUP")
    if call.account.value("SELECT 1 FROM login WHERE id = ?", login_id) is None:
        return answers.api_response(0, "INVALID_LOGIN")
    job = call.account.numbers("upload")[0]
    wait = _wait(call, job)
    request |= {"overtaken": wait.overtaken, "lose_every": call.bad_days.take_losing()}
    with call.account.transaction() as connection:
        connection.execute(
            "INSERT INTO upload (id, group_id, login_id, at, due_at, due_wall, request) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(job, group_id, login_id, call.now, call.now + wait.clock),
                *(wall_now() + wait.wall, orjson.dumps(request)),
            ),
        )
    return answers.api_response(job, "")


def _request(body: Body) -> dict[str, Any]:
    data, how = body.text("Data"), body.text("AddOrReplace").lower()
    if how not in {"add", "replace"}:
        raise BadContractError("AddOrReplace was not recognised")
    if not body.flag("ContainsUnicode", False):
        data = data.encode("ascii", "replace").decode()  # assumed: what the flag is for
    return {
        "columns": [[entry.integer("Key"), entry.text("Value")] for entry in map(Body.of, body.items("Mapping"))],
        "data": data,
        "header": body.flag("HasHeaderRow", False),
        "replace": how == "replace",
        "update": body.flag("UpdateExistingRecipients", False),
    }


@dataclass(frozen=True, slots=True)
class _Wait:
    """Milliseconds until it is applied, by the account's clock and by the wall, whichever is first."""

    clock: int
    wall: int
    overtaken: bool = False


def _wait(call: Call, job: int) -> _Wait:
    seconds, overtaken = call.bad_days.take_waiting()
    if seconds is None:
        return _Wait(_CLOCK_WAIT, Random(job * 31_337).randrange(100, 1_200))
    return _Wait(int(seconds * SECOND), int(seconds * SECOND), overtaken)


def get_upload_status(call: Call) -> dict[str, Any]:
    """Everything is assumed: the SOAP twin's members in REST casing. CompleteDate is null until it is done."""
    row = call.account.one("SELECT * FROM upload WHERE id = ?", call.body.integer("JobID"))
    if row is None:
        return {"Error": answers.VALIDATION, "JobID": 0, "Message": "JOB_NOT_FOUND", "Status": 0}
    members = call.account.value("SELECT count(*) FROM membership WHERE group_id = ?", row["group_id"])
    request = orjson.loads(row["request"])
    done, error = row["done_at"] is not None, request.get("error", "")
    code = error.partition(":")[0]
    return {
        "CompleteDate": wire.instant(row["done_at"]) if done else None,
        "Error": answers.VALIDATION if error else 0,
        "ErrorObject": answers.save_result("", 0, code=code)["ErrorObject"],
        "GoodRecords": row["good"] or 0,
        "GroupCount": members,
        "GroupID": row["group_id"],
        "JobID": row["id"],
        "LoginID": row["login_id"],
        "Message": error,
        "NewAdded": row["added"] or 0,
        "OldUpdated": row["updated"] or 0,
        "ReplaceGroup": request["replace"],
        "Status": DONE if done else QUEUED,
        "TotalRecords": row["total"] or 0,
        "UpdateDups": request["update"],
        "UploadDate": wire.instant(row["at"]),
    }
