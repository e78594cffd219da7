"""What the org asks of page layouts that are deployed; it lays nothing out."""

from collections.abc import Iterator
from urllib.parse import unquote

from sandbox.salesforce.deploy.archive import Component, Problem
from sandbox.salesforce.deploy.target import Target

_STANDARD_LISTS = "Related"  # RelatedActivityList and its like, which have no field of ours
_STANDARD_COLUMNS = frozenset(
    {"NAME", "CREATED_DATE", "LAST_UPDATE", "OWNER.ALIAS", "CREATEDBY_USER", "UPDATEDBY_USER"}
)


def check_layout(target: Target, item: Component) -> Iterator[Problem]:
    """Its object, fields and related lists exist, and every field that must be filled in is on it."""
    sobject, dash, _ = unquote(item.name).partition("-")
    if not dash or not target.has_object(sobject):
        yield item.problem(f"Parent entity failed to deploy: {sobject}")
        return
    shown = set[str]()
    for node in item.node.walk("layoutItems"):
        name = node.value("field")
        shown.add(name)
        if name and not target.has_field(sobject, name):
            yield item.problem(f"In field: field - no CustomField named {sobject}.{name} found", node)
        page = node.value("page")
        if page and not target.has("ApexPage", page):
            yield item.problem(f"In field: page - no ApexPage named {page} found", node)
    for name, field in target.nodes("CustomField"):
        mine = name.startswith(f"{sobject}.") and field.flag("required")
        if mine and name.partition(".")[2] not in shown:
            yield item.problem(f"Layout must contain an item for required layout field: {name.partition('.')[2]}")
    yield from _check_lists(target, item)


def _check_lists(target: Target, item: Component) -> Iterator[Problem]:
    for node in item.node.all("relatedLists"):
        name = node.value("relatedList")
        child, dot, lookup = name.partition(".")
        if not dot:
            if not name.startswith(_STANDARD_LISTS):
                yield item.problem(f"Cannot find related list:{name}", node)
            continue
        if not target.has_field(child, lookup):
            yield item.problem(f"Cannot find related list:{name}", node)
            continue
        for column in node.all("fields"):
            if column.text not in _STANDARD_COLUMNS and not target.has_field(child, column.text):
                yield item.problem(f"In field: fields - no CustomField named {child}.{column.text} found", column)
