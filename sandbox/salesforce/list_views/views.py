"""The addresses of list views below /sobjects: the list, one view's description, its rows."""

from flask import Blueprint, Response, g, request

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.gate import access, answer, backstage, drop_version
from sandbox.salesforce.list_views.describing import Description
from sandbox.salesforce.list_views.store import ListView, ListViews
from sandbox.salesforce.org import Org
from sandbox.salesforce.rest.records import readable_object
from sandbox.salesforce.soql import compile_query, stream
from sandbox.salesforce.values import read_datetime

PAGE_SETTING = "list_views_per_page"
LISTED_VIEWS = 200  # assumed: how many a page of the list holds
ROWS, MOST_ROWS = 25, 2_000


def _number(name: str, usual: int, most: int, least: int = 0) -> int:
    """A number of the address. Raises ApiError."""
    text = request.args.get(name, str(usual))
    if not text.isdigit() or not least <= int(text) <= most:
        raise ApiError(400, "INVALID_QUERY_PARAMETER", f"{name} must be between {least} and {most}")  # assumed
    return int(text)


def list_views_blueprint(org: Org) -> Blueprint:
    pages = Blueprint("list_views", __name__, url_prefix="/services/data/<version>/sobjects/<name>/listviews")
    pages.url_value_preprocessor(drop_version)
    views = ListViews(org)
    _add_list(pages, views, org)
    _add_one_view(pages, views, org)
    return pages


def _add_list(pages: Blueprint, views: ListViews, org: Org) -> None:
    @pages.get("", strict_slashes=False)
    def index(name: str) -> Response:
        sobject = readable_object(name).name
        size = int(org.setting(PAGE_SETTING, str(LISTED_VIEWS)))
        start = _number("offset", 0, 100_000)
        found = views.of(sobject)
        after = start + size
        base = f"/services/data/{g.version}/sobjects/{sobject}/listviews"
        page = found[start:after]
        return answer(
            {
                "done": after >= len(found),
                "listviews": [_summary(item, base) for item in page],
                "nextRecordsUrl": f"{base}?offset={after}" if after < len(found) else None,
                "size": len(page),
                "sobjectType": sobject,
            }
        )


def _add_one_view(pages: Blueprint, views: ListViews, org: Org) -> None:
    @pages.get("/<view_id>", strict_slashes=False)
    def basics(name: str, view_id: str) -> Response:
        sobject = readable_object(name).name
        base = f"/services/data/{g.version}/sobjects/{sobject}/listviews"
        return answer(_summary(views.find(sobject, view_id), base))

    @pages.get("/<view_id>/describe", strict_slashes=False)
    def describe(name: str, view_id: str) -> Response:
        view = views.find(readable_object(name).name, view_id)
        return answer(Description(org.schema, access(), view).as_json())

    @pages.get("/<view_id>/results", strict_slashes=False)
    def results(name: str, view_id: str) -> Response:
        return answer(_results(views.find(readable_object(name).name, view_id)))


def _summary(view: ListView, base: str) -> dict[str, object]:
    url = f"{base}/{view.id}"
    return {
        "describeUrl": f"{url}/describe",
        "developerName": view.developer_name,
        "id": view.id,
        "label": view.name,
        "resultsUrl": f"{url}/results",
        "soqlCompatible": view.compatible,
        "url": url,
    }


def _shown(kind: str, value: object) -> str | None:
    """A value as the rows of a list view print it: always text."""
    if value is None:
        return None
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "datetime":
        return f"{read_datetime(str(value)):%a %b %d %H:%M:%S GMT %Y}"
    return str(value)


def _results(view: ListView) -> dict[str, object]:
    """assumed: a view that SOQL cannot say has rows all the same; ``done`` tells that nothing follows."""
    limit, offset = _number("limit", ROWS, MOST_ROWS, 1), _number("offset", 0, MOST_ROWS)
    org = backstage().org
    described = Description(org.schema, access(), view)
    text = f"{described.query(scoped=True)} LIMIT {limit + 1} OFFSET {offset}"
    compile_query(org, access(), text)
    rows = list(stream(org, access(), text).rows)
    kinds = {**described.shown, **described.hidden}
    return {
        "columns": described.columns(),
        "developerName": view.developer_name,
        "done": len(rows) <= limit,
        "id": view.id,
        "label": view.name,
        "records": [
            {
                "columns": [
                    {"fieldNameOrPath": path, "value": _shown(field.type, value)}
                    for (path, field), value in zip(kinds.items(), row, strict=True)
                ]
            }
            for row in rows[:limit]
        ],
        "size": min(len(rows), limit),
    }
