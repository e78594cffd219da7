"""A package is the source that ships with one org's addresses in it, whole, always the same, without a secret."""

import io
import json
import zipfile
from xml.etree import ElementTree as ET

import pytest

from connector.connection import package

SPACE = "{http://soap.sforce.com/2006/04/metadata}"
ORG = "00D000000000001EAA"
ADDRESS = "https://magnet.example.org"
SHIPPED = {path.relative_to(package.SOURCE).as_posix() for path in package.SOURCE.rglob("*") if path.is_file()}


def opened(**options: bool) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(package.build(ORG, ADDRESS, **options))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


WHOLE = opened()


def tree(document: str | bytes) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - made by us just now


def named(manifest: str) -> dict[str, list[str]]:
    return {
        types.findtext(f"{SPACE}name") or "": [member.text or "" for member in types.iter(f"{SPACE}members")]
        for types in tree(manifest).iter(f"{SPACE}types")
    }


def test_the_same_source_makes_the_same_bytes() -> None:
    assert package.build(ORG, ADDRESS) == package.build(ORG, ADDRESS + "/")


def test_every_file_that_ships_is_in_it_once() -> None:
    apart = {name for name in SHIPPED if not name.startswith("objects/")}
    objects = {name.split("/")[1] for name in SHIPPED - apart}
    assert len(WHOLE) == 1 + len(apart) + len(objects)
    assert {name for name in WHOLE if name.startswith("objects/")} == {f"objects/{name}.object" for name in objects}
    for name in sorted(SHIPPED - apart):
        _, owner, folder, *rest = name.split("/")
        if rest:
            part = rest[0].split(".")[0]
            assert f"<fullName>{part}</fullName>" in WHOLE[f"objects/{owner}.object"], f"{folder}/{part}"


def test_the_manifest_names_every_part_by_its_type() -> None:
    types = named(WHOLE["package.xml"])
    assert types == package.members()
    assert types["CustomObject"] == sorted(types["CustomObject"])
    assert "Real_Magnet_Activity__c.External_Key__c" in types["CustomField"]
    assert types["PermissionSet"] == ["Real_Magnet_Integration", "Real_Magnet_Reader"]
    assert {"Real_Magnet", "Real_Magnet/Bounces_by_Reason"} <= set(types["Report"])
    assert f"<version>{package.API_VERSION}</version>" in WHOLE["package.xml"]


@pytest.mark.parametrize("name", sorted(name for name in WHOLE if name.endswith(".object")))
def test_elements_of_a_name_stand_together(name: str) -> None:
    tags = [child.tag for child in tree(WHOLE[name])]
    assert tags == sorted(tags)


def test_every_address_is_the_org_s_own() -> None:
    whole = "\n".join(WHOLE.values())
    assert f"<canvasUrl>{ADDRESS}/canvas/{ORG}</canvasUrl>" in whole
    assert f"<callbackUrl>{ADDRESS}/oauth/callback</callbackUrl>" in whole
    assert package.ADDRESS not in whole
    assert package.ORGANIZATION not in whole


def test_an_address_cannot_break_out_of_its_place() -> None:
    with zipfile.ZipFile(io.BytesIO(package.build(ORG, 'https://a.example.org/?a=1&b="<c>'))) as archive:
        for name in [name for name, text in WHOLE.items() if ADDRESS in text]:
            assert 'https://a.example.org/?a=1&b="<c>' in "".join(tree(archive.read(name)).itertext())


def test_no_key_and_no_secret_is_in_it() -> None:
    whole = "\n".join(WHOLE.values())
    assert "<consumerKey>" not in whole
    assert "<consumerSecret>" not in whole


def test_without_the_app_everything_else_is_the_same() -> None:
    rest = opened(with_app=False)
    left_out = {name.split("/")[0] for name in WHOLE.keys() - rest.keys()}
    assert "externalClientApps" in left_out
    assert all(name.startswith(("externalClientApps", "extlClntApp")) for name in left_out)
    assert {name: text for name, text in WHOLE.items() if name in rest and name != "package.xml"} == {
        name: text for name, text in rest.items() if name != "package.xml"
    }
    assert not [kind for kind in named(rest["package.xml"]) if kind.startswith(("ExternalClient", "ExtlClnt"))]


def test_the_project_for_salesforce_s_own_tool_is_whole_and_filled_in() -> None:
    with zipfile.ZipFile(io.BytesIO(package.source_zip(ORG, ADDRESS))) as archive:
        names = {name.removeprefix("real-magnet-for-salesforce/") for name in archive.namelist()}
        canvas = next(name for name in archive.namelist() if name.endswith(".ecaCanvas-meta.xml"))
        assert f"{ADDRESS}/canvas/{ORG}" in archive.read(canvas).decode()
        project = json.loads(archive.read("real-magnet-for-salesforce/sfdx-project.json"))
    assert "replacements" not in project
    assert {f"force-app/main/default/{name}" for name in SHIPPED} | {"sfdx-project.json"} <= names
