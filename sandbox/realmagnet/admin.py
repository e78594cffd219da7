"""The sandbox's own address: switches, clock, calls counted and the truth; the vendor has nothing like it."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, request

from sandbox.realmagnet import memberships, received, truth
from sandbox.realmagnet.account import DAY, SECOND, Account
from sandbox.realmagnet.applying import settle_uploads
from sandbox.realmagnet.bad_days import BadDays
from sandbox.realmagnet.contract import BadContractError, Body
from sandbox.realmagnet.sessions import expire_all


@dataclass(frozen=True, slots=True)
class _Face:
    account: Account
    bad_days: BadDays
    calls: Counter[str]

    def switches(self) -> Response:
        if request.method == "DELETE":
            self.bad_days.reset()
        elif request.method == "POST":
            return _change(self.account, self.bad_days)
        return _json(self.bad_days.settings)

    def clock(self) -> Response:
        try:
            if request.method == "POST":
                _move(self.account, Body.parse(request.get_data()))
        except (BadContractError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        return _json(_clock(self.account))

    def counted(self) -> Response:
        if request.method == "DELETE":
            self.calls.clear()
        return _json({"calls": dict(self.calls), "total": self.calls.total()})

    def groups(self) -> Response:
        settle_uploads(self.account, self.account.now())
        return _json(memberships.groups(self.account))

    def members(self, group_id: int) -> Response:
        settle_uploads(self.account, self.account.now())
        return Response(memberships.members(self.account, group_id), content_type="application/json")

    def uploads(self) -> Response:
        settle_uploads(self.account, self.account.now())
        return _json(memberships.uploads(self.account))

    def received_by(self, recipient_id: int) -> Response:
        return _json(received.tell(self.account, recipient_id=recipient_id))

    def received_at(self) -> Response:
        return _json(received.tell(self.account, to=request.args.get("to", "")))

    def truth(self) -> Response:
        return _json(truth.tell(self.account))


def admin_of(account: Account, bad_days: BadDays, calls: Counter[str]) -> Blueprint:
    admin, face = Blueprint("sandbox", __name__, url_prefix="/_sandbox"), _Face(account, bad_days, calls)
    admin.add_url_rule("/switches", "switches", face.switches, methods=["GET", "POST", "DELETE"])
    admin.add_url_rule("/clock", "clock", face.clock, methods=["GET", "POST"])
    admin.add_url_rule("/calls", "calls", face.counted, methods=["GET", "DELETE"])
    admin.add_url_rule("/truth", "truth", face.truth)
    admin.add_url_rule("/groups", "groups", face.groups)
    admin.add_url_rule("/groups/<int:group_id>/members", "members", face.members)
    admin.add_url_rule("/recipients/<int:recipient_id>/received", "received_by", face.received_by)
    admin.add_url_rule("/received", "received_at", face.received_at)
    admin.add_url_rule("/uploads", "uploads", face.uploads)
    return admin


def _change(account: Account, bad_days: BadDays) -> Response:
    """`expire_sessions` is a deed, done at once; everything else is a switch that stays."""
    try:
        wanted = Body.parse(request.get_data()).members
        if wanted.pop("expire_sessions", False):
            expire_all(account)
        bad_days.change(wanted)
    except (BadContractError, ValueError) as error:
        return _json({"error": str(error)}, 400)
    return _json(bad_days.settings)


def _move(account: Account, wanted: Body) -> None:
    """`now` in ISO 8601 with its zone; `advance_*` from where the clock stands; `runs` starts or stops it."""
    now = account.now()
    if "now" in wanted.members:
        moment = datetime.fromisoformat(wanted.text("now"))
        if moment.tzinfo is None:
            raise ValueError("now needs a zone")
        now = int(moment.timestamp() * 1000)
    step = float(wanted.members.get("advance_seconds", 0)) * SECOND + float(wanted.members.get("advance_days", 0)) * DAY
    account.set_clock(now + int(step), running=wanted.flag("runs", account.clock_runs))


def _clock(account: Account) -> dict[str, Any]:
    now = account.now()
    moment = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds")
    return {"now": moment, "now_ms": now, "runs": account.clock_runs}


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")
