"""/query, /queryAll and the pages that follow them."""

import re
from urllib.parse import quote

from flask import Blueprint, Response, g, request

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.gate import access, answer, backstage, drop_version
from sandbox.salesforce.soql import PAGE, SMALLEST_PAGE, Answer

queries = Blueprint("queries", __name__, url_prefix="/services/data/<version>")
queries.url_value_preprocessor(drop_version)


def _page_size() -> int:
    """The hint in Sforce-Query-Options, within the vendor's bounds."""
    found = re.search(r"batchSize\s*=\s*(\d+)", request.headers.get("Sforce-Query-Options", ""))
    return min(PAGE, max(SMALLEST_PAGE, int(found[1]))) if found else PAGE


def page(result: Answer) -> dict[str, object]:
    """An answer as JSON shows it; pages of a queryAll follow under /query as well."""
    body: dict[str, object] = {"totalSize": result.total, "done": result.next_locator is None}
    if result.next_locator is not None:
        body["nextRecordsUrl"] = f"/services/data/{g.version}/query/{quote(result.next_locator)}"
    body["records"] = result.records
    return body


def _start(*, all_rows: bool) -> Response:
    text = request.args.get("q")
    if text is None:
        raise ApiError(400, "MALFORMED_QUERY", "SOQL statement cannot be empty")  # assumed: text
    found = backstage().cursors.start(access(), g.version, text, all_rows=all_rows, size=_page_size())
    return answer(page(found))


@queries.get("/query")
@queries.get("/query/")
def query() -> Response:
    return _start(all_rows=False)


@queries.get("/queryAll")
@queries.get("/queryAll/")
def query_all() -> Response:
    return _start(all_rows=True)


@queries.get("/query/<locator>")
def more(locator: str) -> Response:
    return answer(page(backstage().cursors.follow(access(), g.version, locator)))


@queries.get("/queryAll/<locator>")
def more_of_all(locator: str) -> Response:
    return answer(page(backstage().cursors.follow(access(), g.version, locator)))
