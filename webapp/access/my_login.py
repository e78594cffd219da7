"""My Real Magnet login: which Real Magnet user a person is, tried, replaced or given up by that person alone."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, request

from connector.store import audit, provisioned
from webapp import limits, sessions
from webapp.guard import for_everybody
from webapp.login import checking
from webapp.login import views as login
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

my_login = Blueprint("my_login", __name__)

ADDRESS = "/my-login"
OWN = "one's own login is one's own, whatever the rights"


@my_login.get(ADDRESS)
@for_everybody(OWN)
def show() -> Response:
    """As whom, and since when."""
    return _page()


@my_login.post(f"{ADDRESS}/test")
@for_everybody(OWN)
@limits.of_passwords
def test() -> Response:
    """Ask Real Magnet whether the linked user still gets in with this password; nothing changes."""
    linked = visitor().realmagnet_login
    checked = checking.check(checking.Login(linked, request.form.get("password", "")))
    if checked.problems:
        return _page(test_problems=checked.problems)
    return _page(said=f"Real Magnet lets {linked} in with this password.")


@my_login.post(f"{ADDRESS}/replace")
@for_everybody(OWN)
@limits.of_passwords
def replace() -> Response:
    """Become another Real Magnet user, once Real Magnet has let that one in."""
    entered = checking.entered(request.form)
    checked = checking.check(entered)
    if checked.problems:
        return _page(problems=checked.problems, username=entered.username)
    checking.link(entered.username)
    return _page(said=f"From now on you are {entered.username} in Real Magnet.")


@my_login.get(f"{ADDRESS}/unlink")
@for_everybody(OWN)
def ask_to_unlink() -> Response:
    """Our own confirmation: a frame may not use the browser's."""
    return part("access/unlink.html", row=None, address=f"{ADDRESS}/unlink")


@my_login.post(f"{ADDRESS}/unlink")
@for_everybody(OWN)
def unlink() -> Response:
    """Be no Real Magnet user any more; the login page asks whom to be next."""
    who = visitor()
    with wiring().services.database.write() as connection:
        provisioned.unlink(connection, who.user_id)
        known = ({"Real Magnet user": who.realmagnet_login}, {"Real Magnet user": ""})
        audit.record(connection, audit.Actor(who.org_id, who.user_id), "Unlinked from Real Magnet", *known)
    sessions.replace(dataclasses.replace(who, realmagnet_login=""))
    return login.form()


def _page(said: str = "", username: str = "", **problems: Mapping[str, str]) -> Response:
    """The screen; with what was just done, or what was wrong with which form."""
    who = visitor()
    with wiring().services.database.read() as connection:
        row = provisioned.user(connection, who.org_id, who.user_id) or abort(404)
    values: dict[str, Any] = {"problems": {}, "test_problems": {}} | problems
    answer = page("access/my_login.html", "My Real Magnet login", row=row, said=said, username=username, **values)
    if problems:
        answer.status_code = login.UNPROCESSABLE
    return answer
