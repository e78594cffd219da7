"""The pages with records: lists, one record, and a related list in full."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.salesforce.face.beside import beside, is_narrow
from sandbox.salesforce.face.launching import Where, frame_of, has_tab
from sandbox.salesforce.face.layouts import LAYOUTS, Layout, RelatedList
from sandbox.salesforce.face.looking import records
from sandbox.salesforce.face.records import Lines
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.schema import SObject

A_PAGE, A_GLANCE = 25, 6


def known(name: str) -> tuple[SObject, Layout]:
    """An object that has pages and that the viewer may read; else 404."""
    sobject, layout = records().sobject(name), LAYOUTS.get(name)
    if sobject is None or layout is None:
        abort(404)
    return sobject, layout


def record_id_of(sobject: SObject, given: str) -> str:
    """The whole id of an address, else 404."""
    found = normalise(given)
    if found is None or found[:3] != sobject.prefix:
        abort(404)
    return found


def title_of(sobject: SObject, record_id: str) -> str:
    """A record's name, else 404: it never was, or was deleted."""
    return records().value(sobject, record_id, sobject.name_field) or abort(404)


def record_url(record_id: str) -> str:
    """The page of a record, "" if its object has none."""
    from sandbox.salesforce.face.looking import org

    sobject = org().schema.by_prefix(record_id)
    if sobject is None or sobject.name not in LAYOUTS:
        return ""
    return url_for("face.record", name=sobject.name, record_id=record_id)


def _start() -> int:
    page = request.args.get("page", "1")
    return (max(1, int(page) if page.isdigit() else 1) - 1) * A_PAGE


def _pager(lines: Lines, **address: Any) -> dict[str, Any]:
    start, page = _start(), _start() // A_PAGE + 1
    endpoint = str(request.endpoint)
    more = start + A_PAGE < lines.total
    return {
        "first": min(start + 1, lines.total),
        "last": min(start + A_PAGE, lines.total),
        "total": lines.total,
        "previous_url": url_for(endpoint, page=page - 1, **address) if page > 1 else None,
        "next_url": url_for(endpoint, page=page + 1, **address) if more else None,
    }


def _list_page(name: str) -> str:
    sobject, layout = known(name)
    query = request.args.get("q", "").strip()
    lines = records().listed(sobject, layout, query, (_start(), A_PAGE))
    address = {"name": name, "q": query or None}
    return render_template("list.html", tab=name, sobject=sobject, lines=lines, q=query, page=_pager(lines, **address))


def _record_page(name: str, given: str) -> str:
    sobject, layout = known(name)
    record_id = record_id_of(sobject, given)
    title = title_of(sobject, record_id)
    glances = [(item, records().related(item, record_id, (0, A_GLANCE))) for item in layout.related]
    return render_template(
        "record.html",
        tab=name,
        sobject=sobject,
        record_id=record_id,
        title=title,
        badges=["Converted"] if records().value(sobject, record_id, "IsConverted") == "Yes" else [],
        highlights=records().one(sobject, layout.highlights, record_id),
        details=records().one(sobject, layout.details, record_id),
        related=[
            (item, _label(item), lines, records().counted(item, record_id))
            for item, lines in glances
            if lines is not None
        ],
        action=layout.action,
        frame=frame_of(Where("parameters", name, record_id)) if name in beside() and has_tab() else None,
        narrow=is_narrow(),
    )


def _related_page(name: str, given: str, slug: str) -> str:
    sobject, layout = known(name)
    record_id = record_id_of(sobject, given)
    related = next((item for item in layout.related if item.slug == slug), None)
    lines = records().related(related, record_id, (_start(), A_PAGE)) if related is not None else None
    if related is None or lines is None:
        abort(404)
    address = {"name": name, "record_id": record_id, "slug": slug}
    return render_template(
        "related.html",
        tab=name,
        title=title_of(sobject, record_id),
        record_id=record_id,
        object=related.object,
        label=_label(related),
        lines=lines,
        page=_pager(lines, **address),
    )


def _label(related: RelatedList) -> str:
    """Its own label, or the plural label that was shipped with the object."""
    sobject = records().sobject(related.object)
    return related.label or (sobject.plural if sobject else related.object)


def add_record_pages(pages: Blueprint) -> None:
    @pages.get("/")
    def home() -> Response:
        return redirect(url_for("face.object_list", name="Contact"))

    @pages.get("/lightning/o/<name>/list")
    def object_list(name: str) -> str:
        return _list_page(name)

    @pages.get("/lightning/r/<name>/<record_id>/view")
    def record(name: str, record_id: str) -> str:
        return _record_page(name, record_id)

    @pages.get("/lightning/r/<record_id>/view")
    def record_by_id(record_id: str) -> Response:
        """An address that names no object leads to the one that does."""
        whole = normalise(record_id)
        return redirect((record_url(whole) if whole else "") or abort(404))

    @pages.get("/lightning/r/<name>/<record_id>/related/<slug>/view")
    def related(name: str, record_id: str, slug: str) -> str:
        return _related_page(name, record_id, slug)
