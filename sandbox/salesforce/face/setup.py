"""The Setup page: the org's clock, the pace of its bulk jobs, its launch policy and the bad-day switches."""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.salesforce.bulk.runner import batch_seconds
from sandbox.salesforce.face.launching import SELF_AUTHORIZE
from sandbox.salesforce.face.looking import org, stage, viewer
from sandbox.salesforce.switches import LABELS, Switches

STEPS = {"An hour": 3600, "A day": 86400, "A week": 604800}
HAS_SECONDS = {"slow", "too_many"}
HAS_BYTES = {"cut_response", "cut_request"}


def _switches() -> Switches:
    found: Switches = current_app.extensions["switches"]
    return found


def _expire(_form: dict[str, str]) -> str:
    return f"Sessions ended: {stage().sessions.expire_access()}."


def _turn_on(form: dict[str, str]) -> str:
    kind, options = form.get("kind", ""), dict[str, Any]()
    options["times"] = int(form["times"]) if form.get("times") else None
    if kind in HAS_SECONDS and form.get("amount"):
        options["seconds"] = float(form["amount"])
    if kind in HAS_BYTES and form.get("amount"):
        options["after_bytes"] = int(form["amount"])
    if form.get("path"):
        options["path"] = form["path"]
    switch = _switches().set(kind, **options)
    return f"Switched on: {LABELS[switch.kind]}."


def _turn_off(form: dict[str, str]) -> str:
    _switches().clear(int(form["number"]) if form.get("number") else None)
    return "Switched off."


def _advance(form: dict[str, str]) -> str:
    org().advance_clock(float(form["seconds"]))
    return "The clock moved on."


def _pace(form: dict[str, str]) -> str:
    org().set_setting("bulk_seconds", str(float(form["seconds"])))
    return "Bulk jobs now take that long."


def _policy(form: dict[str, str]) -> str:
    org().set_setting(SELF_AUTHORIZE, "1" if form.get("self_authorize") else "0")
    return "The launch policy is saved."


ACTIONS = {
    "expire": _expire,
    "switch": _turn_on,
    "off": _turn_off,
    "advance": _advance,
    "pace": _pace,
    "policy": _policy,
}


def _act(name: str) -> str:
    action = ACTIONS.get(name)
    if action is None:
        abort(404)
    try:
        return action(request.form.to_dict())
    except (KeyError, ValueError) as problem:
        return f"That did not work: {problem}"


def add_setup(pages: Blueprint) -> None:
    @pages.get("/lightning/setup/SetupOneHome/home")
    def setup_home() -> Response:
        return redirect(url_for("face.setup"), 303)

    @pages.get("/lightning/setup")
    def setup() -> str:
        zone = viewer()["TimeZoneSidKey"] or "UTC"
        return render_template(
            "setup.html",
            tab="setup",
            told=request.args.get("told", ""),
            organization_id=org().id,
            my_domain=stage().options.instance_url,
            now=org().clock.now(),
            zone=zone,
            steps=STEPS,
            bulk_seconds=batch_seconds(org()),
            labels=LABELS,
            switches=_switches().state(),
            self_authorize=org().setting(SELF_AUTHORIZE, "0") == "1",
        )

    @pages.post("/lightning/setup/<action>")
    def change(action: str) -> Response:
        return redirect(url_for("face.setup", told=_act(action)), 303)
