"""What the org asks of tabs, apps, pages, components, actions and what hangs on objects; it shows none of them."""

import re
from collections.abc import Iterator
from xml.parsers import expat

from sandbox.salesforce.deploy.archive import Component, Problem
from sandbox.salesforce.deploy.nodes import Node
from sandbox.salesforce.deploy.target import Target

_STANDARD_COLUMNS = frozenset(
    {
        *("NAME", "CREATED_DATE", "LAST_UPDATE", "LAST_ACTIVITY", "OWNER.ALIAS", "OWNER.FIRST_NAME"),
        *("OWNER.LAST_NAME", "CREATEDBY_USER", "CREATEDBY_USER.ALIAS", "UPDATEDBY_USER", "UPDATEDBY_USER.ALIAS"),
        "RECORDTYPE",
    }
)
_ACTIONS = {"Canvas": "canvas", "VisualforcePage": "page", "LightningComponent": "lightningComponent"}


def _missing(item: Component, node: Node | None, tag: str, kind: str, name: str) -> Problem:
    return item.problem(f"In field: {tag} - no {kind} named {name} found", node)


def _point(target: Target, item: Component, tag: str, kind: str) -> Iterator[Problem]:
    """Every element of a name must name a component of a type."""
    for node in item.node.all(tag):
        if not target.has(kind, node.text.removeprefix("c:")):
            yield _missing(item, node, tag, kind, node.text)


# -- below objects -----------------------------------------------------------------------------------------------------


def check_list_view(target: Target, item: Component) -> Iterator[Problem]:
    sobject = item.name.partition(".")[0]
    named = [(node, node.text) for node in item.node.all("columns")]
    named += [(node, node.value("field")) for node in item.node.all("filters")]
    for node, name in named:
        if name not in _STANDARD_COLUMNS and not target.has_field(sobject, name) and "." not in name:
            yield item.problem(f"Could not resolve list view column: {name}", node)


def check_fields_of(target: Target, item: Component) -> Iterator[Problem]:
    """A compact layout or field set: its fields exist."""
    sobject = item.name.partition(".")[0]
    for node in [*item.node.all("fields"), *(part.find("field") or part for part in item.node.walk("displayedFields"))]:
        if not target.has_field(sobject, node.text):
            yield _missing(item, node, "fields", "CustomField", f"{sobject}.{node.text}")


def check_web_link(target: Target, item: Component) -> Iterator[Problem]:
    yield from _point(target, item, "page", "ApexPage")
    for name in re.findall(r"\{!(\w+)\.(\w+)\}", item.node.value("url")):
        if not name[0].startswith("$") and target.has_object(name[0]) and not target.has_field(*name):
            yield item.problem(f"Field {'.'.join(name)} does not exist. Check spelling.", item.node.find("url"))


# -- what stands alone -------------------------------------------------------------------------------------------------


def check_tab(target: Target, item: Component) -> Iterator[Problem]:
    node = item.node
    if node.flag("customObject"):
        if not target.has("CustomObject", item.name):
            yield _missing(item, node, "customObject", "CustomObject", item.name)
    elif not node.value("label"):
        yield item.problem("Required field is missing: label")
    if not node.value("motif"):
        yield item.problem("Required field is missing: motif")
    yield from _point(target, item, "page", "ApexPage")
    yield from _point(target, item, "flexiPage", "FlexiPage")
    yield from _point(target, item, "auraComponent", "AuraDefinitionBundle")
    yield from _point(target, item, "lwcComponent", "LightningComponentBundle")


def check_application(target: Target, item: Component) -> Iterator[Problem]:
    for node in [*item.node.all("tabs"), *item.node.all("defaultLandingTab")]:
        if not node.text.startswith("standard-") and not target.has("CustomTab", node.text):
            yield _missing(item, node, "tab", "CustomTab", node.text)
    yield from _point(target, item, "utilityBar", "FlexiPage")


def check_quick_action(target: Target, item: Component) -> Iterator[Problem]:
    sobject, dot, _ = item.name.partition(".")
    if dot and not target.has_object(sobject):
        yield item.problem(f"Entity of type 'CustomObject' named '{sobject}' cannot be found")
    kind = item.node.value("type")
    needed = _ACTIONS.get(kind)
    if needed and not item.node.value(needed):
        yield item.problem(f"Required field is missing: {needed}")
    for node in item.node.all("canvas"):
        if not target.has("ExternalClientApplication", node.text) and not target.has("ConnectedApp", node.text):
            yield _missing(item, node, "canvas", "ExternalClientApplication", node.text)
    yield from _point(target, item, "page", "ApexPage")
    yield from _point(target, item, "lightningComponent", "AuraDefinitionBundle")
    yield from _point(target, item, "lightningWebComponent", "LightningComponentBundle")


def check_flexi_page(target: Target, item: Component) -> Iterator[Problem]:
    sobject = item.node.value("sobjectType")
    if sobject and not target.has_object(sobject):
        yield _missing(item, item.node.find("sobjectType"), "sobjectType", "CustomObject", sobject)
    for node in item.node.walk("componentName"):
        name = node.text.removeprefix("c:")
        own = ":" not in name
        if own and not target.has("AuraDefinitionBundle", name) and not target.has("LightningComponentBundle", name):
            yield item.problem(f"We couldn't retrieve the design time component information for component {name}", node)


# -- markup ------------------------------------------------------------------------------------------------------------


def _markup_fault(data: bytes) -> str | None:
    """Why markup is no XML; prefixes are not looked at."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        return f"{expat.errors.messages[error.code]} at line {error.lineno}, column {error.offset + 1}"
    return None


def check_page(target: Target, item: Component) -> Iterator[Problem]:
    for path, data in item.files.items():
        fault = _markup_fault(data)
        if fault:
            yield item.problem(f"{path}: {fault}")
        elif not data.lstrip().startswith((b"<apex:page", b"<?xml")):
            yield item.problem("Markup of a page must start with <apex:page>")  # assumed: the words
    yield from _check_components(target, item, r"<c:(\w+)")


def check_bundle(target: Target, item: Component) -> Iterator[Problem]:
    """An Aura bundle: its markup is there under its own name, well-formed, and uses what exists."""
    stem = f"aura/{item.name}/{item.name}"
    if not any(f"{stem}.{end}" in item.files for end in ("cmp", "app", "evt", "intf")):
        yield item.problem(f"No COMPONENT named markup://c:{item.name} found")
    for path, data in item.files.items():
        if path.endswith((".cmp", ".app", ".design", ".auradoc", ".svg", ".evt")):
            fault = _markup_fault(data)
            if fault:
                yield item.problem(f"{path}: {fault}")
    yield from _check_components(target, item, r"<c:(\w+)")


def _check_components(target: Target, item: Component, pattern: str) -> Iterator[Problem]:
    for data in item.files.values():
        for name in re.findall(pattern, data.decode("utf-8", "replace")):
            if not target.has("AuraDefinitionBundle", name) and not target.has("LightningComponentBundle", name):
                yield item.problem(f"No COMPONENT named markup://c:{name} found")
