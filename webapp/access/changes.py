"""Changes of rights and of who may come in: each recorded, and none by which its own author could lock himself out."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector.errors import ConnectorError
from connector.model.rights import Area, Holder, Level, allows
from connector.store import api_keys, audit, provisioned, rights
from webapp.access import form, standing, views
from webapp.api import keys
from webapp.guard import needs
from webapp.pages import part
from webapp.sessions import visitor
from webapp.wiring import wiring

changes = Blueprint("access_changes", __name__)

USER = "/access/users/<int(max=2147483647):user_id>"
YOURSELF = "You cannot shut yourself out. Another user with the right Settings: Full can."
YOUR_SETTINGS = (
    "Not saved: it would take Settings: Full from yourself. Give it to yourself under your own name first, "
    "or ask another user who has it."
)


class OwnGround(ConnectorError):
    """The change would take away what its author stands on."""


@changes.post(f"{USER}/rights")
@needs(Area.SETTINGS, Level.FULL)
def give(user_id: int) -> Response:
    """Give a user levels of his own, or take them back."""
    levels = form.own_levels(request.form)

    def change(connection: Connection, row: RowMapping) -> None:
        before = rights.own(connection, user_id)
        rights.give(connection, user_id, levels)
        after = rights.own(connection, user_id)
        _record(connection, "Changed a user's rights", (_levels(before), _levels(after)), row)

    return _of_user(user_id, change, "Saved. It holds from the next request.")


@changes.get(f"{USER}/bar")
@needs(Area.SETTINGS, Level.FULL)
def ask_to_bar(user_id: int) -> Response:
    """Our own confirmation: a frame may not use the browser's."""
    row = _own(user_id)
    with wiring().services.database.read() as connection:
        made = api_keys.made_by(connection, visitor().org_id, user_id)
    return part("access/bar.html", row=row, keys=made)


@changes.post(f"{USER}/bar")
@needs(Area.SETTINGS, Level.FULL)
def bar(user_id: int) -> Response:
    """Shut a user out, everywhere and at once; with the keys that he made and may have kept, if so ticked."""
    also_keys = request.form.get("keys") == "revoke"

    def change(connection: Connection, row: RowMapping) -> None:
        provisioned.bar(connection, user_id)
        _record(connection, "Shut a user out", ({"may come in": True}, {"may come in": False}), row)
        for key in api_keys.made_by(connection, visitor().org_id, user_id) if also_keys else []:
            keys.revoke_one(connection, key, _actor())

    return _of_user(user_id, change, "This user is shut out from now on.")


@changes.post(f"{USER}/let-in")
@needs(Area.SETTINGS, Level.FULL)
def let_in(user_id: int) -> Response:
    """Let a user in again."""

    def change(connection: Connection, row: RowMapping) -> None:
        provisioned.let_in(connection, user_id)
        _record(connection, "Let a user in again", ({"may come in": False}, {"may come in": True}), row)

    return _of_user(user_id, change, "This user may come in again.")


@changes.post(f"{USER}/sign-out")
@needs(Area.SETTINGS, Level.FULL)
def sign_out(user_id: int) -> Response:
    """End every session of a user; he may open a new one."""

    def change(connection: Connection, row: RowMapping) -> None:
        ended = provisioned.sign_out(connection, user_id)
        _record(connection, "Signed a user out", ({}, {"sessions ended": ended}), row)

    return _of_user(user_id, change, "Every open page of this user has ended.", yourself=True)


@changes.get(f"{USER}/unlink")
@needs(Area.SETTINGS, Level.FULL)
def ask_to_unlink(user_id: int) -> Response:
    """The same, for a link."""
    return part("access/unlink.html", row=_own(user_id), address=f"/access/users/{user_id}/unlink")


@changes.post(f"{USER}/unlink")
@needs(Area.SETTINGS, Level.FULL)
def unlink(user_id: int) -> Response:
    """Forget which Real Magnet user this Salesforce user is."""

    def change(connection: Connection, row: RowMapping) -> None:
        provisioned.unlink(connection, user_id)
        known = ({"Real Magnet user": row["realmagnet_login"]}, {"Real Magnet user": ""})
        _record(connection, "Unlinked from Real Magnet", known, row)

    return _of_user(user_id, change, "Unlinked. This user logs in to Real Magnet once more.", yourself=True)


@changes.post("/access/defaults")
@needs(Area.SETTINGS, Level.FULL)
def set_default() -> Response:
    """Say what comes with being here, with a profile, or with a permission set."""
    entered = form.default(request.form)
    problem = form.problem(entered)
    if problem:
        return views.show_all(problem=problem, entered=entered)
    return _default(Holder(entered.holder), entered.name, dict(entered.levels), entered)


@changes.post("/access/defaults/remove")
@needs(Area.SETTINGS, Level.FULL)
def remove_default() -> Response:
    """Forget what came with a profile or a permission set."""
    entered = form.default(request.form)
    if entered.holder == Holder.EVERYBODY or form.problem(entered):
        abort(400)
    return _default(Holder(entered.holder), entered.name, None, form.Entered())


def _own(user_id: int) -> RowMapping:
    with wiring().services.database.read() as connection:
        return provisioned.user(connection, visitor().org_id, user_id) or abort(404)


def _default(holder: Holder, name: str, levels: dict[Area, Level] | None, entered: form.Entered) -> Response:
    org_id = visitor().org_id
    try:
        with wiring().services.database.write() as connection:
            rights.take_turn(connection, org_id)
            before = _of_holder(connection, holder, name)
            rights.set_defaults(connection, org_id, holder, name, levels)
            _keep_ground(connection)
            words = standing.Held(holder, name, {}).words
            changed = {f"{words}, {area}": level for area, level in (levels or {}).items()}
            known = {f"{words}, {area}": level for area, level in before.items()}
            audit.record(connection, _actor(), "Changed the usual rights", known, changed)
    except OwnGround as error:
        return views.show_all(problem=str(error), entered=entered)
    return views.show_all(said="Saved. It holds from the next request.")


def _of_holder(connection: Connection, holder: Holder, name: str) -> dict[str, str]:
    found = rights.defaults(connection, visitor().org_id)
    return {str(one.area): str(one.level) for one in found if (one.holder, one.name) == (holder, name)}


def _of_user(
    user_id: int, change: Callable[[Connection, RowMapping], None], said: str, *, yourself: bool = False
) -> Response:
    """Carry out a change of one user and show him; what would lock its author out is taken back whole."""
    try:
        with wiring().services.database.write() as connection:
            rights.take_turn(connection, visitor().org_id)
            row = provisioned.user(connection, visitor().org_id, user_id) or abort(404)
            change(connection, row)
            if not yourself:
                _keep_ground(connection)
    except OwnGround as error:
        return views.show_user(user_id, problem=str(error))
    return views.show_user(user_id, said=said)


def _keep_ground(connection: Connection) -> None:
    who = visitor()
    row = provisioned.user(connection, who.org_id, who.user_id)
    stands = row is not None and row["barred_at"] is None
    if not stands:
        raise OwnGround(YOURSELF)
    if not allows(rights.of_user(connection, who.user_id), Area.SETTINGS, Level.FULL):
        raise OwnGround(YOUR_SETTINGS)


def _levels(own: Mapping[Area, Level]) -> dict[str, str]:
    return {str(area): str(own.get(area, "as the usual rights say")) for area in Area}


def _record(
    connection: Connection, action: str, changed: tuple[Mapping[str, object], Mapping[str, object]], row: RowMapping
) -> None:
    before, after = ({f"{row['name']}: {name}": value for name, value in one.items()} for one in changed)
    audit.record(connection, _actor(), action, before, after)


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)
