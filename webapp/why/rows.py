"""The last two steps in words: in which lists the activity belongs, and what Salesforce said of each row."""

from collections.abc import Callable

from connector.model import rejections
from connector.model.why import Case, Line, Result, Row, Way

RECONCILIATION = Way("Reconciliation", "/reconciliation")


def placed(case: Case) -> list[Line]:
    """The rows that belong in Salesforce, each with its list, its person and its key."""
    if not case.rows:
        return [Line(Result.NOTHING, "No row in Salesforce belongs to it.", "nothing")]
    return [_placed(case, row) for row in case.rows]


def _placed(case: Case, row: Row) -> Line:
    text = f"{row.label}, a row of {_name(case, row.person_id)}; its key is {row.key}."
    return Line(Result.DONE, text, f"{row.object_name} {row.key} {row.person_id}")


def _name(case: Case, person_id: str) -> str:
    people = [match.person for one in case.recipients for match in one.matches]
    people += [one for recipient in case.recipients for one in recipient.by_address]
    found = next((one for one in people if one.id == person_id), None)
    return f"{found.kind} {found.name or found.id}" if found else person_id


def written(case: Case, instance_url: str) -> list[Line]:
    """What became of each row in Salesforce."""
    if not case.rows:
        return [Line(Result.NOTHING, "Nothing was to be written.", "nothing")]
    return [_STATES.get(row.state, _other)(row, instance_url) for row in case.rows]


def _written(row: Row, instance_url: str) -> Line:
    record = (Way("Open the row in Salesforce", f"{instance_url}/{row.salesforce_id}", outside=True),)
    ways = (*(record if instance_url and row.salesforce_id else ()), RECONCILIATION)
    text = f"{row.label}: in Salesforce as {row.salesforce_id or 'a row'}."
    change = "If it is not there, somebody deleted it since: Reconciliation finds that and fills the gap."
    return Line(Result.DONE, text, f"{row.key} written {row.salesforce_id}", row.run_at, row.run, change, ways)


def _waits(row: Row, _instance_url: str) -> Line:
    said = rejections.plain(row.code) if row.code else None
    text = f"{row.label}: waits to be written.{f' {said.why}' if said else ''}"
    change = said.advice if said else "The next night writes it."
    way = (Way("Home", "/home"),)
    return Line(Result.WAITS, text, f"{row.key} to write", row.run_at, row.run, change, way, _raw(row))


def _in_flight(row: Row, _instance_url: str) -> Line:
    text = f"{row.label}: on its way; Salesforce has not answered yet."
    return Line(
        Result.WAITS, text, f"{row.key} in flight", row.run_at, row.run, "The run asks Salesforce until it says."
    )


def _rejected(row: Row, _instance_url: str) -> Line:
    said = rejections.plain(row.code)
    text = f"{row.label}: Salesforce refused it. {said.why if said else row.reason}"
    change = said.advice if said else "Every night tries it again; the run shows what else Salesforce refused."
    answer = f"{row.key} rejected {row.code}"
    return Line(Result.STOPPED, text, answer, row.run_at, row.run, change, _of_the_run(row), _raw(row))


def _of_the_run(row: Row) -> tuple[Way, ...]:
    return (Way("The rows that this run could not write", f"/runs/{row.run}"),) if row.run else ()


def _ignored(row: Row, _instance_url: str) -> Line:
    found = row.ignored
    by = f" by {found.by}" if found and found.by else ""
    why = f": {found.reason}" if found else ""
    text = f"{row.label}: Salesforce refused it, and it is left so{by}{why}."
    change = "Nothing, as long as it is left so."
    answer = f"{row.key} ignored {row.code}"
    return Line(Result.STOPPED, text, answer, found.at if found else None, row.run, change, _of_the_run(row), _raw(row))


def _deleted(row: Row, _instance_url: str) -> Line:
    gone = "is being deleted from Salesforce" if row.state == "to delete" else "deleted from Salesforce"
    found = row.deletion
    answer = f"{row.key} {row.state} {found.id if found else 0}"
    if found is None:
        text = f"{row.label}: {gone}, because its list is not kept any more or nothing is left to say."
        return Line(
            Result.STOPPED,
            text,
            answer,
            row.run_at,
            row.run,
            "Filling the kind in.",
            (Way("Manage Data", "/manage-data"),),
        )
    by = f" by {found.maker}" if found.maker else ""
    way = Way(f"Deletion {found.id}", f"/deletions/{found.id}")
    change = "Restoring this deletion." if found.tombstone and not found.restored_at else "Filling the kind in."
    if found.restored_at:
        change = "It was restored: the next run brings it back."
    return Line(Result.STOPPED, f"{row.label}: {gone}{by}.", answer, found.made_at, None, change, (way,))


def _other(row: Row, _instance_url: str) -> Line:
    return Line(
        Result.WAITS, f"{row.label}: {row.state}.", f"{row.key} {row.state}", row.run_at, row.run, raw=_raw(row)
    )


def _raw(row: Row) -> str:
    return f"{row.code}: {row.reason}" if row.code else row.reason


_STATES: dict[str, Callable[[Row, str], Line]] = {
    "written": _written,
    "to write": _waits,
    "in flight": _in_flight,
    "rejected": _rejected,
    "ignored": _ignored,
    "to delete": _deleted,
    "deleted": _deleted,
}
