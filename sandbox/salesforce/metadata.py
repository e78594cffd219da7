"""What deployed XML means for the schema: objects, fields and permission sets; it knows neither files nor rows."""

import re
from dataclasses import dataclass, field

from sandbox.salesforce.deploy.nodes import Node
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.standard import standard_objects

TYPES = {
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
"""The field types of the Metadata API that this org has, and what describe calls them."""
_LENGTHS = {"Email": 80, "Phone": 40, "Url": 255, "TextArea": 255, "Picklist": 255, "Lookup": 18, "MasterDetail": 18}
_FORMULA_TEXT = 1300
"""How long describe calls a formula that makes a text."""
_PARTS = ("street", "city", "state", "postalcode", "country")
_ID = Field("Id", "id", "Record ID", 18, createable=False, updateable=False, id_lookup=True)
_STAMPS = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")


class MetadataError(Exception):
    """The metadata says something the org would refuse to deploy."""


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
    """What one permission set grants, names of objects and fields in lower case."""

    name: str
    objects: dict[str, ObjectRights] = field(default_factory=dict[str, ObjectRights])
    readable: frozenset[str] = frozenset()
    editable: frozenset[str] = frozenset()
    user_permissions: frozenset[str] = frozenset()
    label: str = ""
    description: str = ""


# -- fields ------------------------------------------------------------------------------------------------------------


def _picklist(node: Node) -> tuple[tuple[str, ...], str | None]:
    values: list[str] = []
    default: str | None = None
    for value in node.walk("value"):
        name = value.value("fullName")
        values.append(name)
        if value.flag("default"):
            default = name
    return tuple(values), default


def _default(node: Node, kind: str, picked: str | None) -> object:
    if kind == "Checkbox":
        return 1 if node.flag("defaultValue") else None
    return picked if kind == "Picklist" else None


def read_field(node: Node, where: str) -> Field:
    """One custom field; ``where`` is named in a complaint. Raises MetadataError."""
    return _calculated(node, where) if node.find("formula") is not None else _kept(node, where)


def _calculated(node: Node, where: str) -> Field:
    """A formula field. assumed: the stand-in works out only the path to a field, as text or as a number."""
    kind, path = node.value("type"), node.value("formula")
    if kind not in ("Text", "Number") or not is_path(path):
        raise MetadataError(f"{where}: the sandbox works out no formula but the path to a text or a number")
    return Field(
        name=node.value("fullName"),
        type=TYPES[kind],
        label=node.value("label"),
        length=_FORMULA_TEXT if kind == "Text" else 0,
        precision=node.number("precision"),
        scale=node.number("scale"),
        createable=False,
        updateable=False,
        formula=f"{{{path}}}",
        custom=True,
        permissionable=True,
        help=node.value("inlineHelpText") or None,
    )


def is_path(formula: str) -> bool:
    """Whether a formula is the path to one field, such as ``Link__r.Clicks__c``."""
    return re.fullmatch(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", formula) is not None


def _kept(node: Node, where: str) -> Field:
    name, kind = node.value("fullName"), node.value("type")
    if kind not in TYPES:
        raise MetadataError(f"{where}: the sandbox does not know fields of type {kind or 'formula'}")
    values, picked = _picklist(node)
    lookup = kind in ("Lookup", "MasterDetail")
    relationship = node.value("relationshipName")
    if lookup and not relationship:
        raise MetadataError(f"{where}: a lookup needs a relationshipName")
    required = node.flag("required") or kind == "MasterDetail"
    return Field(
        name=name,
        type=TYPES[kind],
        label=node.value("label"),
        length=node.number("length") or _LENGTHS.get(kind, 0),
        precision=node.number("precision"),
        scale=node.number("scale"),
        required=required,
        updateable=kind != "MasterDetail" or node.flag("reparentableMasterDetail"),
        unique=node.flag("unique"),
        case_sensitive=node.flag("caseSensitive"),
        external_id=node.flag("externalId"),
        id_lookup=node.flag("externalId"),
        reference_to=(node.value("referenceTo"),) if lookup else (),
        relationship=name.removesuffix("__c") + "__r" if lookup else None,
        child_relationship=relationship + "__r" if lookup else None,
        on_delete="Cascade" if kind == "MasterDetail" else node.value("deleteConstraint", "SetNull"),
        values=values,
        default=_default(node, kind, picked),
        custom=True,
        permissionable=not required,
        help=node.value("inlineHelpText") or None,
    )


# -- objects -----------------------------------------------------------------------------------------------------------


def _name_field(node: Node) -> Field:
    auto = node.value("type") == "AutoNumber"
    return Field(
        "Name",
        "string",
        node.value("label"),
        80,
        createable=not auto,
        updateable=not auto,
        id_lookup=True,
        auto_number=node.value("displayFormat") or None if auto else None,
    )


def read_object(name: str, prefix: str, node: Node, fields: tuple[Field, ...]) -> SObject:
    """A custom object with its fields. Raises MetadataError."""
    name_field = node.find("nameField")
    if name_field is None:
        raise MetadataError(f"{name}: a custom object needs a nameField")
    model = next(item for item in standard_objects() if item.name == "Account")
    stamps = [item for item in model.fields if item.name in ("OwnerId", "IsDeleted") or item.name in _STAMPS]
    deleted = next(item for item in stamps if item.name == "IsDeleted")
    rest = tuple(item for item in stamps if item is not deleted)
    everything = (_ID, deleted, _name_field(name_field), *fields, *rest)
    return SObject(name, prefix, node.value("label"), node.value("pluralLabel"), everything, custom=True)


# -- permission sets ---------------------------------------------------------------------------------------------------


def granted_names(node: Node) -> list[str]:
    """The fields that a permission is for: the parts of an address have none of their own, the whole address has."""
    name = node.value("field").lower()
    whole = re.fullmatch(r"((?:contact|lead|account)\.\w*)address", name)
    return [whole[1] + part for part in _PARTS] if whole else [name]


def read_permission_set(name: str, node: Node) -> PermissionSet:
    objects = {
        item.value("object").lower(): ObjectRights(
            item.flag("allowRead"), item.flag("allowCreate"), item.flag("allowEdit"), item.flag("allowDelete")
        )
        for item in node.all("objectPermissions")
    }
    fields = node.all("fieldPermissions")
    return PermissionSet(
        name,
        objects,
        frozenset(found for item in fields if item.flag("readable") for found in granted_names(item)),
        frozenset(found for item in fields if item.flag("editable") for found in granted_names(item)),
        frozenset(item.value("name") for item in node.all("userPermissions") if item.flag("enabled")),
        node.value("label", name),
        node.value("description"),
    )


def check_grants(permission_set: PermissionSet, objects: dict[str, SObject]) -> None:
    """As a deployment would: no grant for what does not exist or what may not be granted. Raises MetadataError."""
    for grant in sorted(permission_set.readable | permission_set.editable):
        sobject, _, name = grant.partition(".")
        found = objects[sobject].find(name) if sobject in objects else None
        if found is None:
            raise MetadataError(f"{permission_set.name}: In field: field - no CustomField named {grant} found")
        if not found.permissionable:
            raise MetadataError(f"{permission_set.name}: You cannot deploy to a required field: {grant}")
