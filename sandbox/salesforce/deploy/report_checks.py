"""What the org asks of report types, reports, dashboards and their folders; it runs none of them."""

import re
from collections.abc import Iterator

from sandbox.salesforce.deploy.archive import Component, Problem
from sandbox.salesforce.deploy.nodes import Node
from sandbox.salesforce.deploy.target import Target

# assumed: columns of standard report types are taken as they are; only custom types are looked into
_BUCKETS = re.compile(r"BucketField_\d+|FORMULA\d+|RowCount|CDF\d+")


def check_report_type(target: Target, item: Component) -> Iterator[Problem]:
    base = item.node.value("baseObject")
    if not target.has_object(base):
        yield item.problem(f"In field: baseObject - no CustomObject named {base} found")
        return
    places = _places(target, item.node)
    for path, sobject in places.items():
        if sobject is None:
            yield item.problem(f"Invalid object relationship: {path}", item.node.find("join"))  # assumed: the words
    for column in item.node.walk("columns"):
        sobject = places.get(column.value("table"))
        name = column.value("field")
        if sobject is None or not _resolves(target, sobject, name):
            yield item.problem(f"Invalid field name in report type: {column.value('table')}.{name}", column)


def _places(target: Target, node: Node) -> dict[str, str | None]:
    """The tables of a report type, ``Contact.Activities__r``, and the object that each stands for."""
    path = node.value("baseObject")
    places: dict[str, str | None] = {path: path}
    join = node.find("join")
    while join is not None:
        relationship, above = join.value("relationship"), places[path]
        path = f"{path}.{relationship}"
        places[path] = target.child_of(above, relationship) if above is not None else None
        join = join.find("join")
    return places


def _resolves(target: Target, sobject: str, path: str) -> bool:
    """Whether a field, or a path of lookups to one, exists."""
    *above, name = path.split(".")
    for relationship in above:
        parent = target.parent_of(sobject, relationship)
        if parent is None:
            parent = target.parent_of(sobject, re.sub(r"__c$", "__r", relationship))
        if parent is None:
            return False
        sobject = parent
    # a standard lookup is named without its Id: Owner, Account, CreatedBy
    return target.has_field(sobject, name) or target.has_field(sobject, f"{name}Id")


def check_folder(_target: Target, item: Component) -> Iterator[Problem]:
    if not item.node.value("name"):
        yield item.problem("Required field is missing: name")


def _check_place(target: Target, item: Component, kind: str) -> Iterator[Problem]:
    folder, slash, _ = item.name.rpartition("/")
    public = {"unfiled$public"}
    if not slash or (folder not in public and not target.has(kind, folder)):
        yield item.problem(f"Cannot find folder:{folder}")


def check_report(target: Target, item: Component) -> Iterator[Problem]:
    yield from _check_place(target, item, "ReportFolder")
    if len(item.node.value("name")) > 40:
        yield item.problem("Value too long for field: Name maximum length is:40")
    kind = item.node.value("reportType")
    if not kind.endswith("__c") or "$" in kind:
        yield from _check_standard(target, item, kind)
        return
    type_node = target.node("ReportType", kind.removesuffix("__c"))
    if type_node is None:
        yield item.problem(f"reportType: invalid report type: {kind}", item.node.find("reportType"))
        return
    shown = {f"{node.value('table')}${node.value('field')}" for node in type_node.walk("columns")}
    for node, name in _columns(item.node):
        if name not in shown and not _BUCKETS.fullmatch(name):
            yield item.problem(f"Invalid field name: {name}", node)  # assumed: the words


def _check_standard(target: Target, item: Component, kind: str) -> Iterator[Problem]:
    own = re.search(r"\$(\w+__c)", kind)
    if own and not target.has_object(own[1]):
        yield item.problem(f"reportType: invalid report type: {kind}", item.node.find("reportType"))


def _columns(node: Node) -> Iterator[tuple[Node, str]]:
    for tag in ("columns", "groupingsDown", "groupingsAcross"):
        for item in node.all(tag):
            yield item, item.value("field")
    for item in node.walk("criteriaItems"):
        yield item, item.value("column")
    frame = node.find("timeFrameFilter")
    if frame is not None:
        yield frame, frame.value("dateColumn")


def check_dashboard(target: Target, item: Component) -> Iterator[Problem]:
    yield from _check_place(target, item, "DashboardFolder")
    name = item.node.value("runningUser")
    if name:  # assumed: whoever deploys runs a dashboard that names nobody
        try:
            target.org.user_id(name)
        except KeyError:
            yield item.problem(f"In field: runningUser - no User named {name} found", item.node.find("runningUser"))
    for node in item.node.walk("report"):
        if not target.has("Report", node.text):
            yield item.problem(f"In field: report - no Report named {node.text} found", node)
