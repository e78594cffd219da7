"""Intake for people: the address, its keys, a file by hand, and what came of every batch."""

from typing import Any

from flask import Blueprint, Response, abort, request

from connector.connection.keyring import INTAKE_FIELD
from connector.errors import Refused
from connector.intake import landing, rows
from connector.model.intake import MOST_BYTES, MOST_ROWS
from connector.model.rights import Area, Level
from connector.store import audit, intake, orgs
from connector.store.intake import NAME_LENGTH, Batch, NewKey
from webapp.guard import needs
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

intake_page = Blueprint("intake_page", __name__)

UNPROCESSABLE = 422
LARGEST = 2**31 - 1
BATCHES_A_PAGE = 25
MOST_KEYS = 20
FILE = "File"
NO_NAME = "Name the program that will use the key, so that you know later what it is for."
LONG_NAME = f"A name has at most {NAME_LENGTH} characters."
TAKEN = "There is a key of this name. Choose another name, or renew that one."
MANY = f"An organization has at most {MOST_KEYS} keys here. Revoke one that is not used any more."
NO_FILE = "Choose a file first."
LARGE_FILE = f"A file has at most {MOST_BYTES // 1024 // 1024} MB."


@intake_page.get("/intake")
@needs(Area.SETTINGS, Level.READ)
def index() -> Response:
    """The address, the keys by their names, and the newest batches."""
    return _page()


@intake_page.get("/intake/batches/<int(max=2147483647):batch_id>")
@needs(Area.SETTINGS, Level.READ)
def batch(batch_id: int) -> Response:
    """What a batch came to, and the rows of it that were refused."""
    with wiring().services.database.read() as connection:
        found = intake.batches(connection, visitor().org_id, batch_id + 1, 1)
        if not found or found[0]["id"] != batch_id:
            abort(404)
        refused = intake.refusals(connection, visitor().org_id, batch_id)
    return page("intake/batch.html", f"Batch {batch_id}", batch=found[0], refused=refused)


@intake_page.post("/intake/keys")
@needs(Area.SETTINGS, Level.FULL)
def create() -> Response:
    """Make a key and show it, this once."""
    entered = request.form.get("name", "")
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in entered).split())
    with wiring().services.database.read() as connection:
        problem = _problem(name, {key.name.casefold() for key in intake.keys(connection, visitor().org_id)})
    if problem:
        answer = _page(name=name, problem=problem)
        answer.status_code = UNPROCESSABLE
        return answer
    return _page(made=_make(name, "Made a key for intake"), name=name)


@intake_page.get("/intake/keys/<int(max=2147483647):key_id>/renew")
@needs(Area.SETTINGS, Level.FULL)
def ask_to_renew(key_id: int) -> Response:
    """Our own confirmation: a frame may not use the browser's."""
    return part("intake/ask.html", key=_own(key_id), what="renew")


@intake_page.get("/intake/keys/<int(max=2147483647):key_id>/revoke")
@needs(Area.SETTINGS, Level.FULL)
def ask_to_revoke(key_id: int) -> Response:
    """The same before it opens nothing any more."""
    return part("intake/ask.html", key=_own(key_id), what="revoke")


@intake_page.post("/intake/keys/<int(max=2147483647):key_id>/renew")
@needs(Area.SETTINGS, Level.FULL)
def renew(key_id: int) -> Response:
    """A new key of the same name; the old one opens for another day."""
    key = _own(key_id)
    with wiring().services.database.write() as connection:
        intake.expire(connection, key.org_id, key.id, at_once=False)
    return _page(made=_make(key.name, "Renewed a key for intake"), name=key.name)


@intake_page.post("/intake/keys/<int(max=2147483647):key_id>/revoke")
@needs(Area.SETTINGS, Level.FULL)
def revoke(key_id: int) -> Response:
    """The key opens nothing from the next request on."""
    key = _own(key_id)
    with wiring().services.database.write() as connection:
        if intake.expire(connection, key.org_id, key.id, at_once=True):
            audit.record(connection, _actor(), "Revoked a key for intake", {"key": key.public_id, "name": key.name}, {})
    return _page(said=f"The key “{key.name}” opens nothing any more.")


@intake_page.post("/intake/files")
@needs(Area.SETTINGS, Level.FULL)
def take_file() -> Response:
    """Take a file as if a program had sent it."""
    request.max_content_length = MOST_BYTES + 64 * 1024
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        return _untaken(NO_FILE)
    body = chosen.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return _untaken(LARGE_FILE)
    kind = rows.JSON_LINES if body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else rows.CSV
    who, database = visitor(), wiring().services.database
    try:
        landed = landing.land(
            database, who.org_id, body, kind, Batch(FILE, 0, 0, (), made_by=who.user_id, name=chosen.filename)
        )
    except Refused as error:
        return _untaken(str(error))
    with database.write() as connection:
        audit.record(connection, _actor(), "Took a file of activities", {}, {"batch": landed.number})
    return batch(landed.number)


def _untaken(words: str) -> Response:
    answer = _page(file_problem=words)
    answer.status_code = UNPROCESSABLE
    return answer


def _make(name: str, done: str) -> NewKey:
    services, who = wiring().services, visitor()
    bare = intake.new_secret()
    made = NewKey(bare.public_id, bare.secret, services.vault.seal(str(who.org_id), INTAKE_FIELD, bare.secret))
    with services.database.write() as connection:
        intake.keep_key(connection, who.org_id, name, made, who.user_id)
        audit.record(connection, _actor(), done, {}, {"key": made.public_id, "name": name})
    return made


def _problem(name: str, taken: set[str]) -> str:
    if not name:
        return NO_NAME
    if len(name) > NAME_LENGTH:
        return LONG_NAME
    if name.casefold() in taken:
        return TAKEN
    return MANY if len(taken) >= MOST_KEYS else ""


def _page(**told: Any) -> Response:
    who, services = visitor(), wiring().services
    before = request.args.get("before", default=LARGEST, type=int)
    with services.database.read() as connection:
        org = orgs.salesforce_id(connection, who.org_id)
        keys = intake.keys(connection, who.org_id)
        batches = intake.batches(connection, who.org_id, before, BATCHES_A_PAGE)
    values = {"made": None, "name": "", "problem": "", "said": "", "file_problem": ""} | told
    address = f"{services.settings.public_url.rstrip('/')}/intake/{org}"
    bounds = {"most_rows": MOST_ROWS, "most_megabytes": MOST_BYTES // 1024 // 1024, "fields": rows.FIELDS}
    return page("intake/intake.html", "Intake", keys=keys, batches=batches, address=address, **bounds, **values)


def _own(key_id: int) -> intake.IntakeKey:
    with wiring().services.database.read() as connection:
        found = [key for key in intake.keys(connection, visitor().org_id) if key.id == key_id]
    return found[0] if found else abort(404)


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)
