"""What a deletion would take out, shown before anything happens, and the typed word that begins it."""

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection, text

from connector.model.activity import COLLECTED
from connector.model.lists import SummaryList
from connector.model.people import kind_of
from connector.model.rights import Area, Level
from connector.model.runs import RunState, Trigger, deletion_of
from connector.model.scope import Scope
from connector.store import audit, claims, deletion_scopes, deletions
from connector.store.claims import Asked
from connector.store.deletion_scopes import Kind
from webapp.deletions import asked, words
from webapp.deletions.asked import Wanted
from webapp.deletions.views import deletion_page
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.upload_jobs.starting import actor, enqueue
from webapp.wiring import wiring

ordering = Blueprint("ordering_deletions", __name__, url_prefix="/deletions")

SAMPLES = 5
WORD = "DELETE"
UNPROCESSABLE = 422
MESSAGES_OFFERED = 200


@ordering.get("/new")
@needs(Area.DELETION, Level.FULL)
def new() -> Response:
    """Choose what to delete, or see what a choice would take out."""
    wanted = asked.read(request.args, visitor().zone)
    return _preview(wanted) if wanted.chosen else _choose(wanted)


@ordering.post("")
@needs(Area.DELETION, Level.FULL)
def create() -> Response:
    """Begin, if the word was typed; else show what is wrong, with everything as it was."""
    wanted, who = asked.read(request.form, visitor().zone), visitor()
    if not wanted.chosen:
        return _choose(wanted)
    typed = request.form.get("typed", "")[:300]
    with wiring().services.database.read() as connection:
        named = _named(connection, wanted.scope)
        kinds = deletion_scopes.counted(connection, who.org_id, wanted.scope)
        under_way = _same_under_way(connection, named)
    if under_way is not None:
        return deletion_page(under_way, "This is being deleted already.")
    if not _confirms(typed, str(named["message"] or "")):
        return _preview(wanted, typed=typed, problem=_wrong(typed, str(named["message"] or "")))
    with wiring().services.database.write() as connection:
        expected = sum(kind.rows for kind in kinds)
        scope = asked.until_now(wanted.scope)
        number = deletions.order(connection, who.org_id, scope, who.user_id, tombstone=True, expected=expected)
        told = {"deletion": number, "what": words.subject(named), "before": wanted.entered["before"], "rows": expected}
        audit.record(connection, actor(), "Deleted from Salesforce", {}, told)
        claim = claims.claim(connection, who.org_id, Asked(Trigger.DELETE, who.user_id), deletion_of(number))
    enqueue(claim)
    return deletion_page(number)


def _choose(wanted: Wanted) -> Response:
    with wiring().services.database.read() as connection:
        messages = connection.execute(_MESSAGES, {"org": visitor().org_id, "limit": MESSAGES_OFFERED}).mappings().all()
    answer = page(
        "deletions/choose.html",
        "Delete from Salesforce",
        wanted=wanted,
        messages=messages,
        groups=[str(group) for group in COLLECTED],
        lists=[str(label) for label in SummaryList],
    )
    if wanted.problems:
        answer.status_code = UNPROCESSABLE
    return answer


def _preview(wanted: Wanted, *, typed: str = "", problem: str = "") -> Response:
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        named = _named(connection, wanted.scope)
        kinds = deletion_scopes.counted(connection, org_id, wanted.scope)
        samples = deletion_scopes.sample(connection, org_id, wanted.scope, SAMPLES) if kinds else []
    answer = page(
        "deletions/new.html",
        f"Deletion: {words.subject(named)}",
        wanted=wanted,
        named=named,
        kinds=kinds,
        total=_total(kinds),
        waiting=sum(kind.waiting for kind in kinds),
        samples=samples,
        typed=typed,
        problem=problem,
        word=WORD,
        rule=deletion_scopes.is_rule(asked.until_now(wanted.scope)),
    )
    if problem:
        answer.status_code = UNPROCESSABLE
    return answer


def _total(kinds: list[Kind]) -> int:
    return sum(kind.rows for kind in kinds)


def _confirms(typed: str, message: str) -> bool:
    said = " ".join(typed.split()).casefold()
    return said == WORD.casefold() or bool(message and said == " ".join(message.split()).casefold())


def _wrong(typed: str, message: str) -> str:
    wanted = f"{WORD}, or the name of the message," if message else WORD
    if not typed.strip():
        return f"Type {wanted} to confirm. Nothing has been deleted."
    return f"That is not it. Type {wanted} to confirm. Nothing has been deleted."


def _same_under_way(connection: Connection, named: dict[str, Any]) -> int | None:
    """A deletion of just this that has not ended: whoever clicks twice is shown the first."""
    for row in deletions.listed(connection, visitor().org_id, 2**31 - 1, 10):
        same = all(row[name] == named[name] for name in ("message_id", "person_id", "activity_group", "run_id"))
        dated = named["before_at"] in {None, row["before_at"]}
        if same and dated and row["tombstone"] and row["state"] and not RunState(row["state"]).over:
            return int(row["id"])
    return None


_MESSAGES = text("""
    SELECT id, name FROM messages WHERE org_id = :org ORDER BY coalesce(last_sent, 0) DESC, id DESC LIMIT :limit
""")
_MESSAGE = text("SELECT name FROM messages WHERE org_id = :org AND id = :id")
_PERSON = text("SELECT name FROM people WHERE org_id = :org AND id = :id")


def _named(connection: Connection, scope: Scope) -> dict[str, Any]:
    """A scope with the names of what it is about."""
    org_id = visitor().org_id
    message = connection.execute(_MESSAGE, {"org": org_id, "id": scope.message_id}).scalar()
    person = connection.execute(_PERSON, {"org": org_id, "id": scope.person_id}).scalar()
    return {
        "message_id": scope.message_id,
        "message": message or "",
        "person_id": scope.person_id,
        "person": person or "",
        "person_kind": kind_of(scope.person_id) if scope.person_id else "",
        "activity_group": scope.activity_group,
        "object": scope.object_name,
        "run_id": scope.run_id,
        "before_at": scope.before_at,
    }
