"""The zip that we make for an org is what Salesforce's own converter makes of the same source."""

import io
import json
import zipfile
from xml.etree import ElementTree as ET

import pytest

from connector.connection import package
from tests.sfdx.conftest import DEPLOYED_WITH, Conversion

pytestmark = pytest.mark.timeout(300)

ADDRESS, ORGANIZATION = DEPLOYED_WITH["REAL_MAGNET_ADDRESS"], DEPLOYED_WITH["SALESFORCE_ORGANIZATION_ID"]


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def meaning(name: str, content: bytes) -> str:
    """What a file says: of XML not the blanks, and neither the order of elements that stand side by side."""
    if not name.endswith(".xml") and b'xmlns="http://soap.sforce.com/2006/04/metadata"' not in content:
        return content.decode()
    return repr(_meaning(ET.fromstring(content)))  # noqa: S314  # made from our own files


def _meaning(element: ET.Element) -> tuple[object, ...]:
    text = (element.text or "").strip()
    return element.tag, text.rstrip("/"), sorted((_meaning(child) for child in element), key=repr)


def test_both_hold_the_same_files_that_say_the_same(conversion: Conversion):
    ours = unzipped(package.build(ORGANIZATION, ADDRESS))
    theirs = {
        path.relative_to(conversion.folder).as_posix(): path.read_bytes()
        for path in conversion.folder.rglob("*")
        if path.is_file()
    }
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if meaning(name, ours[name]) != meaning(name, theirs[name])] == []


def test_the_source_with_its_addresses_asks_its_deployer_for_none():
    files = unzipped(package.source_zip(ORGANIZATION, ADDRESS))
    (project,) = (json.loads(content) for name, content in files.items() if name.endswith("/sfdx-project.json"))
    assert "replacements" not in project
    told = [name for name, content in files.items() if f"{ADDRESS}/".encode() in content and name.endswith(".xml")]
    assert len(told) == 2
    asked = [
        name
        for name, content in files.items()
        if b"real-magnet.example.com/" in content or b"/ORGANIZATION_ID" in content
    ]
    assert asked == []
