"""The SFDX project as the tests read it: its files, its objects and what each element says; it judges nothing."""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

from tools.processes import ROOT

PROJECT = ROOT / "sfdx"
DIRECTORY = PROJECT / "force-app"
SOURCE = DIRECTORY / "main" / "default"
SPACE = "{http://soap.sforce.com/2006/04/metadata}"
ACTIVITY = "Real_Magnet_Activity__c"
AGGREGATES = ("MagnetMail_Message__c", "MagnetMail_Link__c")
PER_PERSON = (
    ACTIVITY,
    "MagnetMail_Email_Tracking__c",
    "MagnetMail_Fax_Tracking__c",
    "MagnetMail_Unsubscribe__c",
    "MagnetMail_Link_Tracking__c",
)
OURS = (*PER_PERSON, *AGGREGATES)


def every_file() -> list[Path]:
    return sorted(path for path in DIRECTORY.rglob("*") if path.is_file())


def in_source(path: Path) -> str:
    return path.relative_to(DIRECTORY).as_posix()


@cache
def root_of(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314  # our own files


def said(element: ET.Element, name: str) -> str:
    return element.findtext(f"{SPACE}{name}", "")


def every(element: ET.Element, name: str) -> list[ET.Element]:
    """Elements of a name, at whatever depth."""
    return list(element.iter(f"{SPACE}{name}"))


def every_word(element: ET.Element, name: str) -> list[str]:
    return [found.text or "" for found in every(element, name)]


@cache
def of_kind(folder: str, suffix: str) -> dict[str, ET.Element]:
    """The metadata of one kind by its name, which is the name of its file below its folder."""
    tail = f".{suffix}-meta.xml"
    below = SOURCE / folder
    return {
        path.relative_to(below).as_posix().removesuffix(tail): root_of(path) for path in sorted(below.rglob(f"*{tail}"))
    }


def parts_of(object_name: str, folder: str, suffix: str) -> dict[str, ET.Element]:
    return of_kind(f"objects/{object_name}/{folder}", suffix)


def fields_of(object_name: str) -> dict[str, ET.Element]:
    return parts_of(object_name, "fields", "field")


def object_of(object_name: str) -> ET.Element:
    return root_of(SOURCE / "objects" / object_name / f"{object_name}.object-meta.xml")


def values_of(field: ET.Element) -> set[str]:
    return {said(value, "fullName") for value in every(field, "value")}


@cache
def relationships() -> dict[tuple[str, str], str]:
    """What looks up to whom: (parent, relationship as queries name it) to the child object."""
    return {
        (said(field, "referenceTo"), said(field, "relationshipName") + "__r"): name
        for name in OURS
        for field in fields_of(name).values()
        if said(field, "type") == "Lookup"
    }
