"""Salesforce's own converter takes the whole project, loses nothing of it and warns of nothing."""

import json
from collections import defaultdict
from xml.etree import ElementTree as ET

import pytest

from tests.sfdx.conftest import DEPLOYED_WITH, HERE, Conversion
from tests.sfdx.project import OURS, SPACE, every_file, in_source, parts_of, said

pytestmark = pytest.mark.timeout(300)

FOLDERS = {"ReportFolder": "Report", "DashboardFolder": "Dashboard"}
"""A folder is listed among what lies in it, with a stroke behind its name."""
DECOMPOSED = (("fields", "field"), ("listViews", "listView"), ("compactLayouts", "compactLayout"))


def manifest(conversion: Conversion) -> ET.Element:
    return ET.parse(conversion.folder / "package.xml").getroot()  # noqa: S314  # made from our own files


def test_the_converter_warns_of_nothing_and_leaves_nothing_out(conversion: Conversion):
    assert conversion.said["warnings"] == []
    assert conversion.said["ignored"] == []
    assert sorted(conversion.said["files"]) == sorted(in_source(path) for path in every_file())


def test_the_manifest_lists_every_component_and_nothing_else(conversion: Conversion):
    listed = {
        (said(types, "name"), (member.text or "").rstrip("/"))
        for types in manifest(conversion)
        for member in types.findall(f"{SPACE}members")
    }
    found = {tuple(name.split(":", 1)) for name in conversion.said["components"]}
    assert listed == {(FOLDERS.get(kind, kind), name) for kind, name in found}


def test_the_manifest_asks_for_the_version_in_which_the_app_may_have_canvas(conversion: Conversion):
    assert said(manifest(conversion), "version") == "66.0"


def test_an_installation_s_own_addresses_stand_where_the_placeholders_stood(conversion: Conversion):
    address, organization = DEPLOYED_WITH["REAL_MAGNET_ADDRESS"], DEPLOYED_WITH["SALESFORCE_ORGANIZATION_ID"]
    sent = [path.read_text(encoding="utf-8") for path in conversion.folder.rglob("*") if path.is_file()]
    assert [text for text in sent if "real-magnet.example.com/" in text or "ORGANIZATION_ID" in text] == []
    for told in (
        f"<canvasUrl>{address}/canvas/{organization}</canvasUrl>",
        f"<callbackUrl>{address}/oauth/callback</callbackUrl>",
    ):
        assert sum(told in text for text in sent) == 1


@pytest.mark.parametrize("name", OURS)
def test_an_object_is_sent_with_all_its_parts(conversion: Conversion, name: str):
    sent = ET.parse(conversion.folder / "objects" / f"{name}.object").getroot()  # noqa: S314  # made from our own files
    for kind, suffix in DECOMPOSED:
        assert sorted(said(part, "fullName") for part in sent.findall(f"{SPACE}{kind}")) == sorted(
            parts_of(name, kind, suffix)
        )


def test_every_kind_that_was_asked_for_is_sent(conversion: Conversion):
    counts: dict[str, int] = defaultdict(int)
    for name in conversion.said["components"]:
        counts[name.split(":", 1)[0]] += 1
    assert counts == {
        "ApexPage": 1, "AuraDefinitionBundle": 1, "CustomApplication": 1, "CustomTab": 8, "QuickAction": 3,
        "CustomObject": 7, "CustomField": counts["CustomField"], "ListView": counts["ListView"], "CompactLayout": 7,
        "Layout": 7, "PermissionSet": 2,
        "ExternalClientApplication": 1, "ExtlClntAppOauthSettings": 1, "ExtlClntAppGlobalOauthSettings": 1,
        "ExtlClntAppOauthConfigurablePolicies": 1, "ExtlClntAppConfigurablePolicies": 1, "ExtlClntAppCanvasSettings": 1,
        "ReportType": 8, "ReportFolder": 1, "Report": 6, "DashboardFolder": 1, "Dashboard": 1,
    }  # fmt: skip


def test_what_the_converter_is_made_of_is_pinned_by_its_hash_and_no_registry_is_named():
    packages = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    pinned = {name: entry for name, entry in packages.items() if name}
    assert [name for name, entry in pinned.items() if not entry.get("integrity")] == []
    assert [name for name, entry in pinned.items() if {"resolved", "funding"} & set(entry)] == []
