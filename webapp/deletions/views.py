"""Deletions: the list, one with its progress or its receipt, and what is done with it: try again, restore, download."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector.model.activity import Outcome
from connector.model.rights import Area, Level
from connector.model.runs import ACTIVITY, WRITE, RunState, Trigger, deletion_of
from connector.store import audit, claims, deletion_receipts, deletion_rows, deletions, leases, runs, undo_receipts
from connector.store.claims import Asked
from webapp.deletions import receipt, words
from webapp.guard import needs, open_to_all
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.upload_jobs.starting import actor, enqueue
from webapp.wiring import wiring

deleted = Blueprint("deletions", __name__, url_prefix="/deletions")
deleted.add_app_template_global(words.subject, "deletion_subject")
deleted.add_app_template_global(words.state, "deletion_state")
deleted.add_app_template_global(words.list_name, "list_name")
deleted.add_app_template_global(words.megabytes, "megabytes")

A_PAGE = 25
REASONS_SHOWN = 50
LARGEST = 2**31 - 1
ONE = "/<int(max=2147483647):deletion_id>"


@deleted.get("")
@needs(Area.DELETION, Level.READ)
def index() -> Response:
    """Every deletion, newest first."""
    before = request.args.get("before", default=LARGEST, type=_number)
    with wiring().services.database.read() as connection:
        rows = deletions.listed(connection, visitor().org_id, before, A_PAGE + 1)
        counts = {int(row["id"]): _rows(connection, row) for row in rows[:A_PAGE]}
    values: dict[str, Any] = {"rows": rows[:A_PAGE], "more": len(rows) > A_PAGE, "counts": counts}
    return page("deletions/list.html", "Deletions", older=before < LARGEST, **values)


@deleted.get(ONE)
@needs(Area.DELETION, Level.READ)
def one(deletion_id: int) -> Response:
    """One deletion: its progress, then its receipt."""
    return deletion_page(deletion_id)


@deleted.get(f"{ONE}/status")
@needs(Area.DELETION, Level.READ)
def status(deletion_id: int) -> Response:
    """What changes on its page while it is under way."""
    with wiring().services.database.read() as connection:
        values = _shown(connection, _own(connection, deletion_id))
    return part("deletions/status.html", **values)


@deleted.post(f"{ONE}/again")
@needs(Area.DELETION, Level.FULL)
def again(deletion_id: int) -> Response:
    """Try to delete what is left."""
    with wiring().services.database.write() as connection:
        row = _own(connection, deletion_id)
        if row["restored_at"]:
            abort(409)
        claim = claims.claim(
            connection, visitor().org_id, Asked(_trigger(row), visitor().user_id), deletion_of(deletion_id)
        )
        audit.record(connection, actor(), "Tried a deletion again", {}, {"deletion": deletion_id})
    enqueue(claim)
    return deletion_page(deletion_id)


@deleted.post(f"{ONE}/stop")
@needs(Area.DELETION, Level.FULL)
def stop(deletion_id: int) -> Response:
    """Ask a deletion under way to stop: what is deleted stays so, and the rest can be gone on with or restored."""
    with wiring().services.database.write() as connection:
        row = _own(connection, deletion_id)
        stopping = _under_way(row) and claims.request_cancel(connection, int(row["run"]))
        if stopping:
            audit.record(connection, actor(), "Stopped a deletion", {}, {"deletion": deletion_id})
    return deletion_page(deletion_id, "" if stopping else "It had ended already.")


@deleted.get(f"{ONE}/restore")
@needs(Area.DELETION, Level.FULL)
def ask_to_restore(deletion_id: int) -> Response:
    """Our own confirmation, with what comes back."""
    with wiring().services.database.read() as connection:
        row = _own(connection, deletion_id)
        return part("deletions/restore.html", deletion=row, rows=_rows(connection, row))


@deleted.post(f"{ONE}/restore")
@needs(Area.DELETION, Level.FULL)
def restore(deletion_id: int) -> Response:
    """Lift the tombstone, and let the rows be written again."""
    who = visitor()
    with wiring().services.database.write() as connection:
        row = _own(connection, deletion_id)
        if _under_way(row):
            said = "It is still being deleted. Restore it when that has ended."
            claim = None
        elif deletions.restore(connection, who.org_id, deletion_id, who.user_id):
            said = "Restored. The rows are being written to Salesforce again."
            claim = claims.claim(connection, who.org_id, Asked(Trigger.RESTORE, who.user_id), WRITE)
            values = {"deletion": deletion_id, "what": words.subject(row)}
            audit.record(connection, actor(), "Restored a deletion", {}, values)
        else:
            said, claim = "There is nothing to restore: it was restored before, or may be filled again anyway.", None
    if claim is not None:
        enqueue(claim)
    return deletion_page(deletion_id, said)


@deleted.post(f"{ONE}/download")
@needs(Area.DELETION, Level.READ)
def ask_for_receipt(deletion_id: int) -> Response:
    """Send the browser to the file by itself; the page stays, because the file is one to be kept."""
    with wiring().services.database.write() as connection:
        row = _own(connection, deletion_id)
        ticket = receipt.issue(connection, row) if row["run"] else abort(404)
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/deletions/receipts/{ticket}"
    return answer


@deleted.get("/receipts/<ticket>")
@open_to_all("the one-use ticket is the proof: a browser fetches a file without our token")
def fetch_receipt(ticket: str) -> Response:
    """The file of a ticket. Whoever only looks at the address, as some mail and chat programs do, uses nothing up."""
    if request.method != "GET":
        abort(405)
    return receipt.redeem(ticket)


def deletion_page(deletion_id: int, said: str = "") -> Response:
    """One deletion's page; `said` tells what was just done."""
    with wiring().services.database.read() as connection:
        row = _own(connection, deletion_id)
        values = _shown(connection, row)
    title = words.subject(row) if row["undone_run_id"] is not None else f"Deletion: {words.subject(row)}"
    return page("deletions/one.html", title, said=said, **values)


def _shown(connection: Connection, row: RowMapping) -> dict[str, Any]:
    waits = row["state"] == RunState.QUEUED and leases.held(connection, visitor().org_id, ACTIVITY.lease)
    under_way = _under_way(row)
    returning = row["restored_at"] is not None and row["brought_back_at"] is None
    values: dict[str, Any] = {"deletion": row, "under_way": under_way, "returning": returning, "waits_for": waits}
    if under_way:
        return values | {"kinds": [], "rejected": [], "put_back": [], "total": 0}
    kinds = deletion_receipts.by_kind(connection, int(row["id"]))
    rejected = deletion_rows.rejected(connection, int(row["id"]), REASONS_SHOWN)
    told = {"kinds": kinds, "rejected": rejected, "put_back": _put_back(connection, row)}
    return values | told | {"total": sum(count for _, _, count in kinds)}


def _put_back(connection: Connection, row: RowMapping) -> list[undo_receipts.Kind]:
    if row["undone_run_id"] is None:
        return []
    return undo_receipts.by_kind(connection, int(row["undone_run_id"]), int(row["id"]))


def _rows(connection: Connection, row: RowMapping) -> int | None:
    """How many rows it took out, as its last run has counted; None before."""
    if not row["run"] or _under_way(row):
        return None
    found = runs.counts(connection, int(row["run"]))
    return sum(outcomes.get(Outcome.DELETED, 0) for outcomes in found.values())


def _trigger(row: RowMapping) -> Trigger:
    return Trigger.DELETE if row["undone_run_id"] is None else Trigger.UNDO


def _under_way(row: RowMapping) -> bool:
    return bool(row["state"]) and not RunState(row["state"]).over


def _own(connection: Connection, deletion_id: int) -> RowMapping:
    return deletions.shown(connection, visitor().org_id, deletion_id) or abort(404)


def _number(text: str) -> int:
    """The number of a row in an address; what no row can have counts as not said: the store would break on it."""
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError("No row has such a number.")
    return number
