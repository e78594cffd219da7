"""/composite: up to 25 calls in one, later ones may use what earlier ones answered (``@{reference.id}``)."""

import json
import re
from typing import Any

from flask import Blueprint, Response, current_app, request

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.gate import INSIDE, answer, backstage, drop_version, json_body

composites = Blueprint("composites", __name__, url_prefix="/services/data/<version>/composite")
composites.url_value_preprocessor(drop_version)
_MOST = 25
_MOST_QUERIES = 5
_REFERENCE = re.compile(r"@\{(\w+)\.([\w.\[\]]+)\}")


class _MissingReferenceError(Exception):
    """A call leans on one that failed."""


class _HaltError(Exception):
    """One call of an all-or-none composite failed; carries its answer."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(reply["referenceId"])
        self.reply = reply


def _look_up(found: re.Match[str], answers: dict[str, dict[str, Any]]) -> str:
    reply = answers.get(found[1])
    if reply is None or reply["httpStatusCode"] >= 300:
        raise _MissingReferenceError
    value: Any = reply["body"]
    for step in re.findall(r"\w+", found[2]):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise _MissingReferenceError from None
    return str(value)


def _filled(value: Any, answers: dict[str, dict[str, Any]]) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: _look_up(found, answers), value)
    if isinstance(value, list):
        return [_filled(item, answers) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, answers) for key, item in value.items()}
    return value


def _halted(name: str, message: str) -> dict[str, Any]:
    body = [{"errorCode": "PROCESSING_HALTED", "message": message}]
    return {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}


def _call(item: dict[str, Any], answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name = str(item.get("referenceId", ""))
    try:
        url, body = _filled(item["url"], answers), _filled(item.get("body"), answers)
    except _MissingReferenceError:
        return _halted(name, "Invalid reference specified. No value for the reference found in the composite request")
    inner = current_app.test_request_context(
        url,
        method=str(item["method"]).upper(),
        data=None if body is None else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": request.headers["Authorization"]},
        environ_overrides={INSIDE: True},
    )
    with inner:
        reply = current_app.full_dispatch_request()
    text = reply.get_data(as_text=True)
    headers = {"Location": reply.headers["Location"]} if "Location" in reply.headers else {}
    parsed = json.loads(text) if text else None
    return {"body": parsed, "httpHeaders": headers, "httpStatusCode": reply.status_code, "referenceId": name}


def _run(calls: list[dict[str, Any]], *, strict: bool) -> list[dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {}
    for item in calls:
        reply = _call(item, answers)
        answers[reply["referenceId"]] = reply
        if strict and reply["httpStatusCode"] >= 300:
            raise _HaltError(reply)
    return list(answers.values())


@composites.post("")
@composites.post("/")
def composite() -> Response:
    body = json_body()
    calls = body.get("compositeRequest") or []
    if len(calls) > _MOST:
        message = f"Composite request limit reached: {len(calls)} of {_MOST}"  # assumed: text
        raise ApiError(400, "LIMIT_EXCEEDED", message)
    if sum("/query" in str(item.get("url")) for item in calls) > _MOST_QUERIES:
        message = f"A composite request takes up to {_MOST_QUERIES} queries"  # assumed: text
        raise ApiError(400, "LIMIT_EXCEEDED", message)
    names = [item.get("referenceId") for item in calls]
    if None in names or len(set(names)) < len(names):
        raise ApiError(400, "INVALID_INPUT", "Each referenceId must be given and be unique")  # assumed: text
    if not body.get("allOrNone"):
        return answer({"compositeResponse": _run(calls, strict=False)})
    done: list[dict[str, Any]] = []
    try:
        with backstage().org.database.writing():
            done = _run(calls, strict=True)
    except _HaltError as halt:
        text = "The transaction was rolled back since another operation in the same transaction failed."
        failed = halt.reply["referenceId"]
        done = [halt.reply if name == failed else _halted(str(name), text) for name in names]
    return answer({"compositeResponse": done})
