"""/sobjects/X/deleted: which records went away between two instants."""

from flask import Blueprint, Response, request

from sandbox.salesforce.clock import stamp
from sandbox.salesforce.database import quoted
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.gate import answer, backstage, drop_version
from sandbox.salesforce.rest.records import readable_object
from sandbox.salesforce.values import read_datetime

deletions = Blueprint("deletions", __name__, url_prefix="/services/data/<version>/sobjects")
deletions.url_value_preprocessor(drop_version)


def _moment(name: str) -> str:
    try:
        return stamp(read_datetime(request.args.get(name, "").replace(" ", "+")))
    except ValueError:
        raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"{name} is not a date and time") from None  # assumed


@deletions.get("/<name>/deleted")
@deletions.get("/<name>/deleted/")
def deleted(name: str) -> Response:
    """Records deleted between two instants (assumed: the bin is never emptied)."""
    sobject = readable_object(name)
    start, end = _moment("start"), _moment("end")
    if start >= end:
        raise ApiError(400, "INVALID_REPLICATION_DATE", "startDate before endDate")  # assumed: text
    sql = (
        f"SELECT Id, SystemModstamp FROM {quoted(sobject.name)}"
        " WHERE IsDeleted = 1 AND SystemModstamp >= ? AND SystemModstamp < ?"
    )
    org = backstage().org
    with org.database.reading() as connection:
        rows = [{"id": found, "deletedDate": when} for found, when in connection.execute(sql, (start, end))]
        first = connection.execute(f"SELECT min(CreatedDate) FROM {quoted(sobject.name)}").fetchone()[0]
    body = {
        "deletedRecords": rows,
        "earliestDateAvailable": first or org.clock.system_stamp(),
        "latestDateCovered": min(end, org.clock.system_stamp()),
    }
    return answer(body)
