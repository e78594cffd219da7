"""What the org asks of objects and fields that are deployed; it knows no permission and no page."""

import re
from collections.abc import Iterator

from sandbox.salesforce.deploy.archive import Component, Problem
from sandbox.salesforce.deploy.nodes import Node
from sandbox.salesforce.deploy.target import Target
from sandbox.salesforce.metadata import TYPES, is_path

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST_NAME = 43  # with __c
_LOOKUPS = frozenset({"Lookup", "MasterDetail"})
_NUMBERS = frozenset({"Number", "Currency", "Percent"})
_LONG = frozenset({"LongTextArea", "Html"})
_ONLY_FOR = {
    "length": _LONG | {"Text"},
    "precision": _NUMBERS,
    "scale": _NUMBERS,
    "visibleLines": _LONG,
    "referenceTo": _LOOKUPS,
    "relationshipName": _LOOKUPS,
    "deleteConstraint": frozenset({"Lookup"}),
    "valueSet": frozenset({"Picklist"}),
}
_MUST_HAVE = {
    "Text": ("length",),
    "LongTextArea": ("length", "visibleLines"),
    "Html": ("length", "visibleLines"),
    "Number": ("precision", "scale"),
    "Currency": ("precision", "scale"),
    "Percent": ("precision", "scale"),
    "Picklist": ("valueSet",),
    "Lookup": ("referenceTo", "relationshipName"),
    "MasterDetail": ("referenceTo", "relationshipName"),
}
_FLAGS = {
    "externalId": frozenset({"Text", "Number", "Email"}),
    "unique": frozenset({"Text", "Number", "Email"}),
    "caseSensitive": frozenset({"Text"}),
    "required": frozenset(TYPES) - {"Checkbox", *_LONG},
}
_ESSENTIALS = ("label", "pluralLabel", "nameField", "deploymentStatus", "sharingModel")


def check_object(target: Target, item: Component) -> Iterator[Problem]:
    """A custom object's essentials; a standard one only has to exist."""
    if not item.name.endswith("__c"):
        if target.org.schema.find(item.name) is None:
            yield item.problem(f"Entity of type 'CustomObject' named '{item.name}' cannot be found")
        return
    node = item.node
    if not _NAME.fullmatch(item.name):
        yield item.problem(f"The object name {item.name} is not a valid API name")  # assumed: the words
    for tag in _ESSENTIALS:
        if node.find(tag) is None:
            yield item.problem(f"Must specify a non-empty {tag} for the CustomObject")
    yield from _check_name_field(item)
    together = {node.value(tag, "false") for tag in ("enableBulkApi", "enableSharing", "enableStreamingApi")}
    if len(together) > 1:
        text = "When one of enableSharing, enableBulkApi or enableStreamingApi is set, all of them must have its value"
        yield item.problem(text)  # assumed: the words
    assigned = node.value("compactLayoutAssignment", "SYSTEM")
    if assigned != "SYSTEM" and not target.has("CompactLayout", f"{item.name}.{assigned}"):
        yield item.problem(f"In field: compactLayoutAssignment - no CompactLayout named {item.name}.{assigned} found")


def _check_name_field(item: Component) -> Iterator[Problem]:
    node = item.node.find("nameField")
    if node is None:
        return
    kind = node.value("type")
    if kind not in ("Text", "AutoNumber"):
        yield item.problem("Must specify a nameField of type Text or AutoNumber for the CustomObject", node)
    if kind == "AutoNumber" and not re.fullmatch(r"[^{}]*\{0+\}[^{}]*", node.value("displayFormat")):
        yield item.problem("Must specify a valid displayFormat for an AutoNumber nameField", node)  # assumed: the words
    if not node.value("label"):
        yield item.problem("Must specify a non-empty label for the nameField", node)


def check_field(target: Target, item: Component) -> Iterator[Problem]:
    """A custom field: what its type needs and forbids, what it points at, and what it was before."""
    sobject, _, name = item.name.partition(".")
    if not target.has_object(sobject):
        yield item.problem(f"Entity of type 'CustomObject' named '{sobject}' cannot be found")
        return
    if not name.endswith("__c"):
        if target.present_field(sobject, name) is None:
            yield item.problem(f"Field {name} does not exist. Check spelling.")
        return
    kind = item.node.value("type")
    if kind not in TYPES:
        # assumed: the vendor knows more types, this stand-in does not
        yield item.problem(f"The stand-in does not know fields of type {kind or 'formula'}")
        return
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        yield item.problem(f"The field name {name} is not a valid API name")  # assumed: the words
    if not item.node.value("label"):
        yield item.problem("Must specify a non-empty label for the CustomField")
    formula = item.node.find("formula")
    yield from _check_shape(item, kind) if formula is None else _check_formula(target, item, formula)
    yield from _check_sizes(item, kind)
    if kind in _LOOKUPS:
        yield from _check_lookup(target, item, kind)
    yield from _check_change(target, item, kind)


def _check_shape(item: Component, kind: str) -> Iterator[Problem]:
    for tag, kinds in _ONLY_FOR.items():
        if kind not in kinds and item.node.find(tag) is not None:
            yield item.problem(f"Can not specify '{tag}' for a CustomField of type {kind}", item.node.find(tag))
    for tag in _MUST_HAVE.get(kind, ()):
        if item.node.find(tag) is None:
            yield item.problem(f"Must specify '{tag}' for a CustomField of type {kind}")
    for tag, kinds in _FLAGS.items():
        if kind not in kinds and item.node.flag(tag):
            yield item.problem(f"Can not specify '{tag}' for a CustomField of type {kind}", item.node.find(tag))


def _check_formula(target: Target, item: Component, formula: Node) -> Iterator[Problem]:
    """A field that the org works out from others: it keeps nothing, so it takes no rule for what is kept."""
    kind, node = item.node.value("type"), item.node
    if kind not in ("Text", "Number") or not is_path(formula.text):
        # assumed: the vendor works out more, this stand-in does not
        yield item.problem("The stand-in works out no formula but the path to a text or a number", formula)
        return
    kept = [tag for tag in ("length", "defaultValue") if node.find(tag) is not None]
    for tag in (*kept, *(tag for tag in ("required", "unique", "externalId") if node.flag(tag))):
        yield item.problem(f"Can not specify '{tag}' for a formula field", node.find(tag))  # assumed: the words
    for tag in ("precision", "scale"):
        if kind == "Number" and node.find(tag) is None:
            yield item.problem(f"Must specify '{tag}' for a CustomField of type {kind}")
    missing = _missing_step(target, item.name.partition(".")[0], formula.text)
    if missing:
        yield item.problem(f"Field {missing} does not exist. Check spelling.", formula)


def _missing_step(target: Target, sobject: str, path: str) -> str:
    """The first step of a path that leads nowhere, "" if all of them lead on."""
    *relationships, last = path.split(".")
    for relationship in relationships:
        parent = target.parent_of(sobject, relationship)
        if parent is None:
            return relationship
        sobject = parent
    return "" if target.has_field(sobject, last) else last


def _check_sizes(item: Component, kind: str) -> Iterator[Problem]:
    node = item.node
    if kind == "Text" and node.find("length") and not 1 <= node.number("length") <= 255:
        yield item.problem(
            "Text fields must have a length between 1 and 255", node.find("length")
        )  # assumed: the words
    if kind in _LONG and node.find("length") and not 256 <= node.number("length") <= 131_072:
        yield item.problem("Long text areas must have a length between 256 and 131072", node.find("length"))
    if kind in _NUMBERS and (node.number("precision") > 18 or node.number("scale") > node.number("precision")):
        yield item.problem("The precision of a number is 18 at most, and at least its scale")  # assumed: the words


def _check_lookup(target: Target, item: Component, kind: str) -> Iterator[Problem]:
    node, parent, name = item.node, item.node.value("referenceTo"), item.node.value("relationshipName")
    if not target.has_object(parent):
        yield item.problem(f"referenceTo value of '{parent}' does not resolve to a valid sObject type")
    if kind == "Lookup" and node.flag("required") and node.value("deleteConstraint", "SetNull") == "SetNull":
        text = "field integrity exception: unknown (must specify either cascade delete or restrict delete for required"
        yield item.problem(f"{text} lookup foreign key)")
    if not re.fullmatch(r"[A-Za-z](?:_?[A-Za-z0-9])*", name):
        yield item.problem(f"The relationship name {name} is not a valid API name")  # assumed: the words
    for other, theirs in target.nodes("CustomField"):
        same = theirs.value("relationshipName").lower() == name.lower() and theirs.value("referenceTo") == parent
        if same and other.lower() != item.name.lower():
            yield item.problem(f"There is already a Child Relationship named {name} on {parent}.")


def _check_change(target: Target, item: Component, kind: str) -> Iterator[Problem]:
    """What a field that exists may not become. assumed: no change of type at all; the vendor allows a few."""
    before = target.there.get(item.key)
    if before is None:
        return
    was = before.value("type")
    if was != kind:
        yield item.problem(f"Cannot update a field to a {kind} from something else")
    elif kind in _LOOKUPS and before.value("referenceTo") != item.node.value("referenceTo"):
        yield item.problem("Cannot change which object a custom field references")
    elif item.node.flag("unique") and not before.flag("unique") and _doubled(target, item.name):
        yield item.problem("The field has duplicate values in existing rows and cannot become unique")  # assumed


def _doubled(target: Target, name: str) -> bool:
    sobject, _, field = name.partition(".")
    where = f'IsDeleted = 0 AND "{field}" IS NOT NULL'
    sql = f'SELECT 1 FROM "{sobject}" WHERE {where} GROUP BY "{field}" HAVING count(*) > 1'
    with target.org.database.reading() as connection:
        return connection.execute(sql).fetchone() is not None
