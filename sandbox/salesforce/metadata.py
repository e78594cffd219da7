"""Reads the objects, fields and permission sets that are shipped as SFDX source; what is shipped is what is tested."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.standard import standard_objects

_NS = "{http://soap.sforce.com/2006/04/metadata}"
_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Html": "textarea",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Picklist": "picklist",
    "Checkbox": "boolean",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Date": "date",
    "DateTime": "datetime",
    "Lookup": "reference",
    "MasterDetail": "reference",
}
_LENGTHS = {"Email": 80, "Phone": 40, "Url": 255, "TextArea": 255, "Picklist": 255, "Lookup": 18, "MasterDetail": 18}
_PARTS = ("street", "city", "state", "postalcode", "country")
_ID = Field("Id", "id", "Record ID", 18, createable=False, updateable=False, id_lookup=True)


class MetadataError(Exception):
    """The shipped source says something the org would refuse to deploy."""


@dataclass(frozen=True)
class ObjectRights:
    read: bool = False
    create: bool = False
    edit: bool = False
    delete: bool = False

    def __or__(self, other: "ObjectRights") -> "ObjectRights":
        return ObjectRights(
            self.read or other.read, self.create or other.create, self.edit or other.edit, self.delete or other.delete
        )


@dataclass(frozen=True)
class PermissionSet:
    """What one shipped permission set grants, names in lower case."""

    name: str
    objects: dict[str, ObjectRights] = field(default_factory=dict[str, ObjectRights])
    readable: frozenset[str] = frozenset()
    editable: frozenset[str] = frozenset()
    user_permissions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Metadata:
    objects: list[SObject]
    permission_sets: list[PermissionSet]


def _text(node: ET.Element, tag: str, default: str = "") -> str:
    return (node.findtext(_NS + tag) or default).strip()


def _flag(node: ET.Element, tag: str) -> bool:
    return _text(node, tag) == "true"


def _number(node: ET.Element, tag: str) -> int:
    return int(_text(node, tag, "0"))


def _root(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314 - our own shipped source, not a stranger's


def _picklist(node: ET.Element) -> tuple[tuple[str, ...], str | None]:
    values: list[str] = []
    default: str | None = None
    for value in node.iter(_NS + "value"):
        name = _text(value, "fullName")
        values.append(name)
        if _flag(value, "default"):
            default = name
    return tuple(values), default


def _field(path: Path) -> Field:
    node = _root(path)
    name, kind = _text(node, "fullName"), _text(node, "type")
    if kind not in _TYPES:
        raise MetadataError(f"{path.name}: the sandbox does not know fields of type {kind or 'formula'}")
    values, default = _picklist(node)
    lookup = kind in ("Lookup", "MasterDetail")
    relationship = _text(node, "relationshipName")
    if lookup and not relationship:
        raise MetadataError(f"{path.name}: a lookup needs a relationshipName")
    required = _flag(node, "required") or kind == "MasterDetail"
    return Field(
        name=name,
        type=_TYPES[kind],
        label=_text(node, "label"),
        length=_number(node, "length") or _LENGTHS.get(kind, 0),
        precision=_number(node, "precision"),
        scale=_number(node, "scale"),
        required=required,
        updateable=kind != "MasterDetail" or _flag(node, "reparentableMasterDetail"),
        unique=_flag(node, "unique"),
        case_sensitive=_flag(node, "caseSensitive"),
        external_id=_flag(node, "externalId"),
        id_lookup=_flag(node, "externalId"),
        reference_to=(_text(node, "referenceTo"),) if lookup else (),
        relationship=name.removesuffix("__c") + "__r" if lookup else None,
        child_relationship=relationship + "__r" if lookup else None,
        on_delete="Cascade" if kind == "MasterDetail" else _text(node, "deleteConstraint", "SetNull"),
        values=values,
        default=default if kind == "Picklist" else None,
        custom=True,
        permissionable=not required,
        help=_text(node, "inlineHelpText") or None,
    )


def _fields_of(folder: Path) -> tuple[Field, ...]:
    return tuple(_field(path) for path in sorted((folder / "fields").glob("*.field-meta.xml")))


def _custom_object(folder: Path, prefix: str) -> SObject:
    node = _root(folder / f"{folder.name}.object-meta.xml")
    name_field = node.find(_NS + "nameField")
    if name_field is None:
        raise MetadataError(f"{folder.name}: a custom object needs a nameField")
    pattern = _text(name_field, "displayFormat") or None
    auto = _text(name_field, "type") == "AutoNumber"
    name = Field(
        "Name",
        "string",
        _text(name_field, "label"),
        80,
        createable=not auto,
        updateable=not auto,
        id_lookup=True,
        auto_number=pattern if auto else None,
    )
    model = next(item for item in standard_objects() if item.name == "Account")
    stamps = [item for item in model.fields if item.name in ("OwnerId", "IsDeleted") or item.name in _STAMPS]
    deleted = next(item for item in stamps if item.name == "IsDeleted")
    rest = tuple(item for item in stamps if item is not deleted)
    fields = (_ID, deleted, name, *_fields_of(folder), *rest)
    return SObject(folder.name, prefix, _text(node, "label"), _text(node, "pluralLabel"), fields, custom=True)


_STAMPS = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")


def _permission_set(path: Path) -> PermissionSet:
    node = _root(path)
    objects = {
        _text(item, "object").lower(): ObjectRights(
            _flag(item, "allowRead"), _flag(item, "allowCreate"), _flag(item, "allowEdit"), _flag(item, "allowDelete")
        )
        for item in node.iter(_NS + "objectPermissions")
    }
    fields = list(node.iter(_NS + "fieldPermissions"))
    granted = (item for item in node.iter(_NS + "userPermissions") if _flag(item, "enabled"))
    return PermissionSet(
        path.name.split(".")[0],
        objects,
        frozenset(name for item in fields if _flag(item, "readable") for name in _named(item)),
        frozenset(name for item in fields if _flag(item, "editable") for name in _named(item)),
        frozenset(_text(item, "name") for item in granted),
    )


def _named(node: ET.Element) -> list[str]:
    """The fields that a permission is for: the parts of an address have none of their own, the whole address has."""
    name = _text(node, "field").lower()
    whole = re.fullmatch(r"((?:contact|lead|account)\.\w*)address", name)
    return [whole[1] + part for part in _PARTS] if whole else [name]


def _check(permission_set: PermissionSet, objects: dict[str, SObject]) -> None:
    """As a deployment would: no grant for what does not exist or what may not be granted."""
    for grant in sorted(permission_set.readable | permission_set.editable):
        sobject, _, name = grant.partition(".")
        found = objects[sobject].find(name) if sobject in objects else None
        if found is None:
            raise MetadataError(f"{permission_set.name}: In field: field - no CustomField named {grant} found")
        if not found.permissionable:
            raise MetadataError(f"{permission_set.name}: You cannot deploy to a required field: {grant}")


def load_metadata(source: Path, prefixes: dict[str, str]) -> Metadata:
    """The standard objects with shipped fields added, the shipped objects, the shipped permission sets.

    ``prefixes`` holds the key prefix of each custom object met so far and is added to. Raises MetadataError.
    """
    objects = {item.name: item for item in standard_objects()}
    for folder in sorted((source / "objects").glob("*")):
        if folder.name in objects:
            model = objects[folder.name]
            objects[folder.name] = replace(
                model, fields=(*model.fields, *_fields_of(folder)), by_name={}, by_relationship={}
            )
        elif (folder / f"{folder.name}.object-meta.xml").exists():
            prefix = prefixes.setdefault(folder.name, f"a{len(prefixes):02d}")
            objects[folder.name] = _custom_object(folder, prefix)
    sets = [_permission_set(path) for path in sorted((source / "permissionsets").glob("*.permissionset-meta.xml"))]
    by_lower = {name.lower(): item for name, item in objects.items()}
    for item in sets:
        _check(item, by_lower)
    return Metadata(list(objects.values()), sets)
