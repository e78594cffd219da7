"""What our work touches in an org: objects, their fields with types, and the rights on them; it asks no org.

Our own objects are read from `sfdx/`: what the integration permission set lets its user change there is what we write.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from xml.etree import ElementTree as ET

from connector.connection.package import SOURCE
from connector.model.lists import HISTORY_OBJECT, OBJECTS

INTEGRATION = "Real_Magnet_Integration"
READER = "Real_Magnet_Reader"
PERMISSION_SETS = (INTEGRATION, READER)
LABELS = {INTEGRATION: "Real Magnet Integration", READER: "Real Magnet Reader"}

WRITTEN = (HISTORY_OBJECT, *OBJECTS.values())
"""The objects of ours that a night may write; which of them it needs, the storage mode of each kind says."""

_SPACE = "{http://soap.sforce.com/2006/04/metadata}"
_TYPES = {
    "Checkbox": "boolean",
    "Currency": "currency",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "LongTextArea": "textarea",
    "Lookup": "reference",
    "Number": "double",
    "Percent": "percent",
    "Phone": "phone",
    "Picklist": "picklist",
    "Text": "string",
    "TextArea": "textarea",
    "Url": "url",
}
"""The source's names of types → describe's."""
_SIZED = {"Text", "LongTextArea"}


@dataclass(frozen=True)
class FieldNeed:
    """A field, and what for. Without `type` any will do; `length` is the least; an optional one only warns.

    One that is `required` is seen and changed by whoever may change the object: no permission set names it.
    """

    name: str
    why: str
    type: str = ""
    length: int = 0
    written: bool = False
    optional: bool = False
    required: bool = False


@dataclass(frozen=True)
class ObjectNeed:
    """An object with its fields and what we do to its rows. `ours` is one of `sfdx/`; an optional one only warns."""

    name: str
    label: str
    why: str
    fields: Sequence[FieldNeed]
    create: bool = False
    edit: bool = False
    delete: bool = False
    ours: bool = False
    optional: bool = False


_WHO = "it says who the person is"
_FATE = "it says what became of a person who was deleted or merged"
_CONVERTED = "it says what became of a converted Lead"
_FRESH = "it says who changed since the last night"
_MATCH = "activity finds its person by it"
_CONSENT = "who unsubscribes in Real Magnet is ticked there"
_MEMBER = "it says who is in the Campaign"

_PERSON = {"Id": _WHO, "Name": _WHO, "Email": _MATCH, "IsDeleted": _FATE, "MasterRecordId": _FATE}
_OWNED = {"OwnerId": "the Activity Report counts by whom people belong to"}
_STAMPS = {"CreatedDate": _FRESH, "SystemModstamp": _FRESH}
_UPLOADED = {"Id": _WHO, "FirstName": _WHO, "LastName": _WHO, "IsDeleted": _FATE, "MasterRecordId": _FATE}
_READ = "people and their addresses are read from it"


def for_activity(objects: Iterable[str] = (HISTORY_OBJECT,)) -> tuple[ObjectNeed, ...]:
    """What a night reads, and the objects that it writes: those that the org's storage modes ask for."""
    written = set(objects)
    person = _PERSON | _STAMPS | _OWNED
    contact, lead = person, person | {"ConvertedContactId": _CONVERTED}
    return (
        ObjectNeed("Contact", "Contact", _READ, [*_read(contact), _consent()]),
        ObjectNeed("Lead", "Lead", _READ, [*_read(lead), _consent()]),
        *(replace(one, optional=False) for one in of_source() if one.name in written),
    )


def for_uploads(
    object_names: Iterable[str] = ("Campaign", "CampaignMember", "Contact", "Lead"),
) -> tuple[ObjectNeed, ...]:
    """What uploads read when they read these objects; what a job's own rules and mapping need is looked at there."""
    wanted = set(object_names)
    return tuple(one for one in _SOURCES if one.name in wanted)


def for_org() -> tuple[ObjectNeed, ...]:
    """Everything: nights, uploads, and what waits for other storage modes, which is optional until then."""
    later = [one for one in of_source() if one.name != HISTORY_OBJECT]
    return _merged([*for_activity(), *for_uploads(), *later])


@cache
def of_source() -> tuple[ObjectNeed, ...]:
    """Our own objects as the source has them, all of them optional."""
    editable = _editable()
    folders = sorted(path for path in (SOURCE / "objects").iterdir() if path.name.endswith("__c"))
    needs: list[ObjectNeed] = []
    for folder in folders:
        label = _text(ET.parse(folder / f"{folder.name}.object-meta.xml").getroot(), "label")  # noqa: S314 - ours
        paths = sorted((folder / "fields").glob("*.field-meta.xml"))
        fields = [_field(ET.parse(path).getroot(), folder.name, editable) for path in paths]  # noqa: S314 - ours
        why = "activity is written there"
        needs.append(ObjectNeed(folder.name, label, why, fields, True, True, True, ours=True, optional=True))
    return tuple(needs)


def _editable() -> frozenset[str]:
    root = ET.parse(SOURCE / "permissionsets" / f"{INTEGRATION}.permissionset-meta.xml").getroot()  # noqa: S314 - ours
    grants = root.iter(f"{_SPACE}fieldPermissions")
    return frozenset(_text(grant, "field") for grant in grants if _text(grant, "editable") == "true")


def _field(root: ET.Element, object_name: str, editable: frozenset[str]) -> FieldNeed:
    name, kind = _text(root, "fullName"), _text(root, "type")
    required, shown = _text(root, "required") == "true", bool(_text(root, "formula"))
    why = "every row of activity fills it" if required else "rows of activity fill it"
    return FieldNeed(
        name=name,
        why="people read it in the lists on a Contact or Lead" if shown else why,
        type=_TYPES.get(kind, ""),
        length=int(_text(root, "length") or 0) if kind in _SIZED else 0,
        written=required or f"{object_name}.{name}" in editable,
        required=required,
    )


def _text(node: ET.Element, name: str) -> str:
    return (node.findtext(_SPACE + name) or "").strip()


def _read(reasons: dict[str, str]) -> list[FieldNeed]:
    return [FieldNeed(name, why) for name, why in reasons.items()]


def _consent() -> FieldNeed:
    return FieldNeed("HasOptedOutOfEmail", _CONSENT, "boolean", written=True, optional=True)


_SOURCES = (
    ObjectNeed("Campaign", "Campaign", "audiences are made from it", _read({"Id": _MEMBER, "Name": _MEMBER})),
    ObjectNeed(
        "CampaignMember",
        "Campaign Member",
        "audiences are made from it",
        _read(dict.fromkeys(("CampaignId", "ContactId", "LeadId", "Status"), _MEMBER)),
    ),
    ObjectNeed("Contact", "Contact", _READ, _read(_UPLOADED)),
    ObjectNeed("Lead", "Lead", _READ, _read(_UPLOADED | {"IsConverted": _CONVERTED})),
)


def _merged(needs: Iterable[ObjectNeed]) -> tuple[ObjectNeed, ...]:
    """One need an object, with the fields of all of them; the first word on a field counts."""
    found: dict[str, ObjectNeed] = {}
    for need in needs:
        first = found.setdefault(need.name, need)
        names = {field.name for field in first.fields}
        more = [field for field in need.fields if field.name not in names]
        found[need.name] = replace(first, fields=[*first.fields, *more])
    return tuple(found.values())
