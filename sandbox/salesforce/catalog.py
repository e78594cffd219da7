"""Everything that is deployed, component by component, and the schema that comes of it; it knows no rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.salesforce.deploy.nodes import BrokenXmlError, Node, parse
from sandbox.salesforce.metadata import (
    MetadataError,
    PermissionSet,
    check_grants,
    read_field,
    read_object,
    read_permission_set,
)
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.standard import standard_objects

Key = tuple[str, str]  # type and full name: ("CustomField", "Contact.Member__c")
Components = dict[Key, Node]


@dataclass(frozen=True)
class Metadata:
    objects: list[SObject]
    permission_sets: list[PermissionSet]


def _read(path: Path) -> Node:
    try:
        return parse(path.read_bytes())
    except BrokenXmlError as error:
        raise MetadataError(f"{path.name}:{error.line}: {error}") from None


def shipped_components(source: Path) -> Components:
    """What of a source-format project makes the schema: objects, fields, permission sets. Raises MetadataError."""
    found: Components = {}
    for folder in sorted((source / "objects").glob("*")):
        whole = folder / f"{folder.name}.object-meta.xml"
        if whole.exists():
            found["CustomObject", folder.name] = _read(whole)
        for path in sorted((folder / "fields").glob("*.field-meta.xml")):
            found["CustomField", f"{folder.name}.{path.name.split('.')[0]}"] = _read(path)
    for path in sorted((source / "permissionsets").glob("*.permissionset-meta.xml")):
        found["PermissionSet", path.name.split(".")[0]] = _read(path)
    return found


def _fields_by_object(components: Mapping[Key, Node]) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for (kind, name), node in components.items():
        if kind == "CustomField":
            found.setdefault(name.partition(".")[0], []).append(read_field(node, name))
    return found


def build(components: Mapping[Key, Node], prefixes: dict[str, str]) -> Metadata:
    """The standard objects with custom fields added, the custom objects, the permission sets.

    ``prefixes`` holds the key prefix of each custom object met so far and is added to. Raises MetadataError.
    """
    objects = {item.name: item for item in standard_objects()}
    added = _fields_by_object(components)
    for name, fields in added.items():
        if name in objects:
            model = objects[name]
            objects[name] = replace(model, fields=(*model.fields, *fields), by_name={}, by_relationship={})
    for kind, name in components:
        if kind == "CustomObject" and name not in objects:
            prefix = prefixes.setdefault(name, f"a{len(prefixes):02d}")
            objects[name] = read_object(name, prefix, components[kind, name], tuple(added.get(name, ())))
    sets = [read_permission_set(name, node) for (kind, name), node in components.items() if kind == "PermissionSet"]
    by_lower = {name.lower(): item for name, item in objects.items()}
    for item in sets:
        check_grants(item, by_lower)
    return Metadata(list(objects.values()), sets)
