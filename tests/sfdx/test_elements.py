"""Every element that we ship is one that Salesforce's own description of the format has, where it may stand."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.sfdx.conftest import Conversion
from tests.sfdx.project import SPACE, every_file, root_of

pytestmark = pytest.mark.timeout(300)

OF_THE_APP: dict[str, set[str]] = {
    "ExternalClientApplication": {"contactEmail", "description", "distributionState", "isProtected", "label"},
    "ExtlClntAppOauthSettings": {"commaSeparatedOauthScopes", "externalClientApplication", "label"},
    "ExtlClntAppGlobalOauthSettings": {
        "callbackUrl", "externalClientApplication", "isConsumerSecretOptional", "isIntrospectAllTokens",
        "isPkceRequired", "isSecretRequiredForRefreshToken", "label", "shouldRotateConsumerKey",
        "shouldRotateConsumerSecret",
    },
    "ExtlClntAppOauthConfigurablePolicies": {
        "commaSeparatedPermissionSet", "commaSeparatedProfile", "externalClientApplication", "ipRelaxationPolicyType",
        "label", "permittedUsersPolicyType", "refreshTokenPolicyType", "requiredSessionLevel",
    },
    "ExtlClntAppConfigurablePolicies": {
        "externalClientApplication", "isCanvasPluginEnabled", "isEnabled", "isOauthPluginEnabled", "label",
    },
    "ExtlClntAppCanvasSettings": {
        "accessMethod", "canvasLocationOptions", "canvasUrl", "externalClientApplication", "label",
        "samlInitiationMethod",
    },
}  # fmt: skip
"""The kinds younger than that description, with the fields of theirs that we use (Metadata API guide, 67.0)."""


def name_of(element: ET.Element) -> str:
    return element.tag.removeprefix(SPACE)


def properties(schema: dict[str, Any], kind: str) -> dict[str, Any]:
    """What may stand in an element of a kind: the kind of each, in a list if it may be repeated, `?` if left out."""
    described = schema[kind]
    inherited = properties(schema, described["extends"]) if described.get("extends") else {}
    return inherited | described["props"]


def wrong(schema: dict[str, Any], kind: str, element: ET.Element) -> Iterator[str]:
    known = properties(schema, kind)
    names = [name_of(child) for child in element]
    for name in {*names} - {*known}:
        yield f"{kind} has no {name}"
    for name, described in known.items():
        if not isinstance(described, list) and names.count(name) > 1:
            yield f"{kind} has one {name} only"
        if isinstance(described, str) and not described.startswith("?") and name not in names:
            yield f"{kind} needs {name}"
    for child in element:
        described = known.get(name_of(child))
        inner = described[0] if isinstance(described, list) else described
        yield from wrong_value(schema, str(inner).removeprefix("?"), child) if inner else ()


def wrong_value(schema: dict[str, Any], kind: str, element: ET.Element) -> Iterator[str]:
    if kind in schema:
        yield from wrong(schema, kind, element)
    elif kind == "boolean" and element.text not in {"true", "false"}:
        yield f"{name_of(element)} is true or false, not {element.text}"
    elif kind == "number" and not (element.text or "").replace(".", "").lstrip("-").isdigit():
        yield f"{name_of(element)} is a number, not {element.text}"
    elif kind == "string" and len(element):
        yield f"{name_of(element)} is a text"


def described(conversion: Conversion) -> dict[str, Any]:
    return conversion.said["schema"]


def test_every_element_is_known_where_it_stands(conversion: Conversion):
    schema = described(conversion)
    roots = {path: root_of(path) for path in every_file() if path.suffix == ".xml"}
    unknown = {name_of(root) for root in roots.values()} - set(schema)
    assert unknown == set(OF_THE_APP)
    found = [
        f"{path.name}: {problem}"
        for path, root in roots.items()
        if name_of(root) in schema
        for problem in wrong(schema, name_of(root), root)
    ]
    assert found == []


def test_the_app_says_what_its_kinds_can_say():
    for path in every_file():
        if path.suffix == ".xml" and name_of(root_of(path)) in OF_THE_APP:
            assert {name_of(child) for child in root_of(path)} == OF_THE_APP[name_of(root_of(path))], path.name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<CustomTab><picture>x</picture></CustomTab>", "no picture"),
        ("<CustomTab><page>a</page><page>b</page></CustomTab>", "one page only"),
        ("<CustomTab><customObject>perhaps</customObject></CustomTab>", "true or false"),
        ("<ReportType/>", "needs baseObject"),
    ],
)
def test_the_search_finds_what_it_looks_for(conversion: Conversion, text: str, problem: str):
    element = ET.fromstring(text)  # noqa: S314  # written above
    for part in element.iter():
        part.tag = SPACE + part.tag
    assert any(problem in found for found in wrong(described(conversion), name_of(element), element))
