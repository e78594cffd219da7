"""The account's HTTP face: one POST address an operation, and an admin address of the sandbox's own."""

import time
from collections import Counter
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from sandbox.realmagnet import markup, pages
from sandbox.realmagnet.account import Account
from sandbox.realmagnet.admin import admin_of
from sandbox.realmagnet.applying import settle_uploads
from sandbox.realmagnet.bad_days import BadDays
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.contract import BadContractError, Body
from sandbox.realmagnet.failing import cut_short, half_of
from sandbox.realmagnet.operations import OPERATIONS
from sandbox.realmagnet.sessions import authenticate, expire_all, login_of

BASE = "/ApiAdapter/Rest/"


def create_app(account: Account) -> Flask:
    """Serve an account that was created and seeded before."""
    app = Flask("sandbox.realmagnet", static_folder=None)
    account.upgrade()
    bad_days, calls = BadDays(), Counter[str]()
    app.register_blueprint(admin_of(account, bad_days, calls))
    app.register_error_handler(HTTPException, lambda error: pages.page(error.code or 500))

    def serve(op: str) -> Response:
        calls[op] += 1
        if bad_days.strike("expire", op):
            expire_all(account)
        return _bad_day(bad_days, op) or _damaged(bad_days, op, _answer(account, bad_days, op))

    app.add_url_rule(f"{BASE}<op>/", "operation", serve, methods=["POST"], provide_automatic_options=False)
    app.add_url_rule(f"{BASE}<op>", "operation_bare", serve, methods=["POST"], provide_automatic_options=False)
    return app


def _answer(account: Account, bad_days: BadDays, op: str) -> Response:
    if op != "Authenticate" and op not in OPERATIONS:
        return pages.page(404)
    try:
        body = Body.parse(request.get_data())
        if op == "Authenticate":
            return _encode(op, authenticate(account, body))
        login_id = login_of(account, body.text("SessionID"), body.text("UserID"))
        if login_id is None:
            return _expired(op, bad_days)
        now = account.now()
        settle_uploads(account, now)
        return _encode(op, OPERATIONS[op](Call(account, body, bad_days, login_id, now)))
    except BadContractError:
        return pages.page(400)


def _encode(op: str, value: Any) -> Response:
    """JSON only for a client that asks for it: without an Accept that names JSON the service speaks XML."""
    payload = orjson.dumps(value)
    if "json" in request.headers.get("Accept", ""):
        return Response(payload, content_type="application/json; charset=utf-8")
    return Response(markup.xml_of(op, orjson.loads(payload)), content_type="application/xml; charset=utf-8")


def _expired(op: str, bad_days: BadDays) -> Response:
    """What a dead session is told is not public: every answer here is assumed, the switch chooses."""
    match bad_days.settings["expired_answer"]:
        case "page":
            return pages.page(400)
        case "null":
            return _encode(op, None)
        case "empty":
            return _encode(op, [])


def _bad_day(bad_days: BadDays, op: str) -> Response | None:
    if slow := bad_days.strike("slow", op):
        time.sleep(float(slow["seconds"]))
    if failure := bad_days.strike("fail", op):
        answer = pages.page(int(failure["status"]))
        if failure.get("retry_after") is not None:
            answer.headers["Retry-After"] = str(failure["retry_after"])
        return answer
    return None


def _damaged(bad_days: BadDays, op: str, answer: Response) -> Response:
    if lost := bad_days.strike("lose_answer", op):
        return pages.page(int(lost["status"]))
    if cut := bad_days.strike("cut", op):
        return cut_short(answer, int(cut["after_bytes"]))
    return half_of(answer) if bad_days.strike("half_body", op) else answer
