"""The keys of other programs: made with a name, shown once, revoked."""

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection

from connector.model.rights import Area, Level
from connector.store import api_keys, audit
from connector.store.api_keys import NAME_LENGTH, ApiKey, NewKey
from webapp.guard import needs
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

keys = Blueprint("keys", __name__)

UNPROCESSABLE = 422
MOST_KEYS = 50
NO_NAME = "Name the program that will use the key, so that you know later what it is for."
LONG_NAME = f"A name has at most {NAME_LENGTH} characters."
TAKEN = "There is a key of this name. Choose another name, or revoke that one first."
MANY = f"An organization has at most {MOST_KEYS} keys. Revoke one that is not used any more."


@keys.get("/api-keys")
@needs(Area.SETTINGS, Level.FULL)
def index() -> Response:
    """Every key of the org by its name, none of them itself."""
    return _page()


@keys.post("/api-keys")
@needs(Area.SETTINGS, Level.FULL)
def create() -> Response:
    """Make a key and show it, this once."""
    who, entered = visitor(), request.form.get("name", "")
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in entered).split())
    made = None
    with wiring().services.database.write() as connection:
        problem = _problem(name, api_keys.of_org(connection, who.org_id))
        if not problem:
            made = api_keys.create(connection, who.org_id, name, who.user_id)
            audit.record(connection, _actor(), "Made a key", {}, {"key": made.id, "name": name})
    answer = _page(made=made, name=name, problem=problem)
    if problem:
        answer.status_code = UNPROCESSABLE
    return answer


@keys.get("/api-keys/<int(max=2147483647):key_id>/revoke")
@needs(Area.SETTINGS, Level.FULL)
def ask_to_revoke(key_id: int) -> Response:
    """Our own confirmation: a frame may not use the browser's."""
    return part("api/revoke.html", key=_own(key_id))


@keys.post("/api-keys/<int(max=2147483647):key_id>/revoke")
@needs(Area.SETTINGS, Level.FULL)
def revoke(key_id: int) -> Response:
    """The key opens nothing from the next request on."""
    key = _own(key_id)
    with wiring().services.database.write() as connection:
        revoke_one(connection, key, _actor())
    return _page(said=f"The key “{key.name}” opens nothing any more.")


def revoke_one(connection: Connection, key: ApiKey, actor: audit.Actor) -> None:
    """Revoke a key and note who did, unless it is gone already."""
    if api_keys.revoke(connection, key.org_id, key.id):
        audit.record(connection, actor, "Revoked a key", {"key": key.id, "name": key.name}, {})


def _problem(name: str, known: list[ApiKey]) -> str:
    if not name:
        return NO_NAME
    if len(name) > NAME_LENGTH:
        return LONG_NAME
    if any(key.name.casefold() == name.casefold() for key in known):
        return TAKEN
    return MANY if len(known) >= MOST_KEYS else ""


def _page(*, made: NewKey | None = None, name: str = "", problem: str = "", said: str = "") -> Response:
    with wiring().services.database.read() as connection:
        found = api_keys.of_org(connection, visitor().org_id)
    address = f"{wiring().services.settings.public_url.rstrip('/')}/api/upload-jobs"
    values = {"made": made, "name": name, "problem": problem, "said": said, "address": address}
    return page("api/keys.html", "Keys for other programs", keys=found, **values)


def _own(key_id: int) -> ApiKey:
    with wiring().services.database.read() as connection:
        return api_keys.get(connection, visitor().org_id, key_id) or abort(404)


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)
