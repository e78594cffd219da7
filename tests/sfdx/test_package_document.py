"""What the document tells an administrator to click is called so in what is shipped."""

import re
from xml.etree import ElementTree as ET

import pytest

from tests.sfdx.conftest import Conversion
from tests.sfdx.project import OURS, every, fields_of, object_of, of_kind, said
from tests.sfdx.test_elements import wrong
from tests.system.tree import read

PAGE = read("docs/salesforce-package.md")
YOUNGER = "ConnectedApp has no oauthPolicy"
"""The description of the format is older than this element."""


def related_lists() -> dict[str, str]:
    """The object of each list that may be placed, by the list's heading."""
    return {said(object_of(name), "pluralLabel"): name for name in OURS if "Contact__c" in fields_of(name)}


ROWS = re.findall(r"^ +\| ((?:Real Magnet|MagnetMail) [\w ]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_related_list_is_in_the_table_once():
    assert sorted(heading for heading, _, _ in ROWS) == sorted(related_lists())


@pytest.mark.parametrize(("heading", "columns", "order"), ROWS)
def test_the_columns_of_a_related_list_are_fields_of_it(heading: str, columns: str, order: str):
    labels = {said(field, "label") for field in fields_of(related_lists()[heading]).values()}
    assert {*columns.split(", "), order} <= labels


def test_reports_and_report_types_are_named_as_they_are():
    names = [*named("reports", "report", "name"), *named("reportTypes", "reportType", "label")]
    assert [name for name in names if f"*{name}*" not in " ".join(PAGE.split())] == []


def named(folder: str, suffix: str, what: str) -> list[str]:
    return [said(element, what) for element in of_kind(folder, suffix).values()]


def test_buttons_and_permission_sets_are_named_as_they_are():
    labels = [*named("quickActions", "quickAction", "label"), *named("permissionsets", "permissionset", "label")]
    assert [label for label in labels if f"**{label}**" not in PAGE] == []


@pytest.mark.timeout(300)
def test_the_connected_app_for_old_organizations_says_what_the_external_client_app_says(conversion: Conversion):
    block = re.search(r"^```xml\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert block is not None
    element = ET.fromstring(block[1].encode())  # noqa: S314  # our own document
    assert set(wrong(conversion.said["schema"], "ConnectedApp", element)) <= {YOUNGER}
    (canvas,) = of_kind("extlClntAppCanvasSettings", "ecaCanvas").values()
    (oauth,) = of_kind("extlClntAppOauthSettings", "ecaOauth").values()
    (callback,) = of_kind("extlClntAppGlobalOauthSets", "ecaGlblOauth").values()
    told = {mark: [found.text for found in every(element, mark)] for mark in ("canvasUrl", "locations", "scopes")}
    assert told["canvasUrl"] == [said(canvas, "canvasUrl")]
    assert told["locations"] == [found.text for found in every(canvas, "canvasLocationOptions")]
    assert told["scopes"] == said(oauth, "commaSeparatedOauthScopes").split(", ")
    assert [found.text for found in every(element, "callbackUrl")] == [said(callback, "callbackUrl")]
    assert every(element, "consumerSecret") == []
