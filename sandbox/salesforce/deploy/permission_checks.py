"""What the org asks of permission sets that are deployed; it gives nobody a right."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sandbox.salesforce.deploy.archive import Component, Problem
from sandbox.salesforce.deploy.nodes import Node
from sandbox.salesforce.deploy.target import Target

_NEEDS = {
    "allowCreate": ("allowRead",),
    "allowEdit": ("allowRead",),
    "allowDelete": ("allowRead", "allowEdit"),
    "viewAllRecords": ("allowRead",),
    "modifyAllRecords": ("allowRead", "allowEdit", "allowDelete", "viewAllRecords"),
}
_WORDS = {
    "allowRead": "Read",
    "allowCreate": "Create",
    "allowEdit": "Edit",
    "allowDelete": "Delete",
    "viewAllRecords": "View All",
    "modifyAllRecords": "Modify All",
}
_BELOW = {"Contact": "Account", "Opportunity": "Account", "Case": "Account"}
_NO_RIGHTS_OF_THEIR_OWN = frozenset({"CampaignMember", "CampaignMemberStatus", "User", "Organization", "ListView"})
_POINTERS = (
    ("applicationVisibilities", "application", "CustomApplication"),
    ("classAccesses", "apexClass", "ApexClass"),
    ("pageAccesses", "apexPage", "ApexPage"),
    ("customPermissions", "name", "CustomPermission"),
)


@cache
def _user_permissions() -> frozenset[str]:
    lines = Path(__file__).with_name("user_permissions.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def check_permission_set(target: Target, item: Component) -> Iterator[Problem]:
    if not item.node.value("label"):
        yield item.problem("Required field is missing: label")
    for node in item.node.all("objectPermissions"):
        yield from _check_object(target, item, node)
    for node in item.node.all("fieldPermissions"):
        yield from _check_field(target, item, node)
    for node in item.node.all("userPermissions"):
        if node.value("name") not in _user_permissions():
            yield item.problem(f"Unknown user permission: {node.value('name')}", node)
    yield from _check_pointers(target, item)
    yield from _check_doubles(item)


def _check_pointers(target: Target, item: Component) -> Iterator[Problem]:
    for node in item.node.all("tabSettings"):
        tab = node.value("tab")
        if not tab.startswith("standard-") and not target.has("CustomTab", tab):
            yield item.problem(f"In field: tab - no CustomTab named {tab} found", node)
    for tag, name_tag, kind in _POINTERS:
        for node in item.node.all(tag):
            name = node.value(name_tag)
            if not name.startswith("standard__") and not target.has(kind, name):
                yield item.problem(f"In field: {name_tag} - no {kind} named {name} found", node)


def _check_object(target: Target, item: Component, node: Node) -> Iterator[Problem]:
    name = node.value("object")
    if not target.has_object(name) or name in _NO_RIGHTS_OF_THEIR_OWN:
        yield item.problem(f"In field: object - no CustomObject named {name} found", node)
        return
    for tag, needed in _NEEDS.items():
        missing = [_WORDS[other] for other in needed if not node.flag(other)]
        if node.flag(tag) and missing:
            names = ", ".join(f"{word} {name}" for word in missing)
            yield item.problem(f"Permission {_WORDS[tag]} {name} depends on permission(s): {names}", node)
    above = _BELOW.get(name)
    if above and node.flag("allowRead") and not _reads(item, above):
        yield item.problem(f"Permission Read {name} depends on permission(s): Read {above}", node)


def _reads(item: Component, sobject: str) -> bool:
    given = item.node.all("objectPermissions")
    return any(node.value("object") == sobject and node.flag("allowRead") for node in given)


def _check_field(target: Target, item: Component, node: Node) -> Iterator[Problem]:
    name = node.value("field")
    sobject, _, field = name.partition(".")
    if not target.has_object(sobject) or not target.has_field(sobject, field):
        yield item.problem(f"In field: field - no CustomField named {name} found", node)
    elif target.requires(sobject, field):
        yield item.problem(f"You cannot deploy to a required field: {name}", node)
    elif node.flag("editable") and not node.flag("readable"):
        yield item.problem(f"Permission Edit {name} depends on permission(s): Read {name}", node)  # assumed: the words


def _check_doubles(item: Component) -> Iterator[Problem]:
    """assumed: the words."""
    for tag, name_tag in (("objectPermissions", "object"), ("fieldPermissions", "field"), ("userPermissions", "name")):
        met = set[str]()
        for node in item.node.all(tag):
            name = node.value(name_tag).lower()
            if name in met:
                yield item.problem(f"Duplicate {tag} specified: {node.value(name_tag)}", node)
            met.add(name)
