"""The external client app: opened by an admin's leave only, launched by a signed request, and no secret in source."""

import re
import xml.etree.ElementTree as ET

import pytest

from tests.sfdx.project import PROJECT, SOURCE, every_word, of_kind, said

SECRET = re.compile(
    r"consumerKey|consumerSecret|clientSecret|<certificate>|PRIVATE KEY|3MVG9"
    r"|00D(?!0{6})[A-Za-z0-9]{12}|[A-Fa-f0-9]{32}"
)
ADDRESS = re.compile(r"https?://[^\s<\"')]+")
PLACEHOLDERS = {
    "https://real-magnet.example.com/canvas/ORGANIZATION_ID",
    "https://real-magnet.example.com/oauth/callback",
}
OF_SALESFORCE = {"http://soap.sforce.com/2006/04/metadata", "https://login.salesforce.com"}


def part(folder: str, suffix: str) -> ET.Element:
    (found,) = of_kind(folder, suffix).values()
    return found


def test_nothing_secret_is_in_source():
    texts = {path: path.read_text(encoding="utf-8") for path in PROJECT.rglob("*") if path.is_file()}
    assert [path.name for path, text in texts.items() if SECRET.search(text)] == []


def test_an_installation_s_own_addresses_are_placeholders_and_nothing_else_is_named():
    files = [path for path in SOURCE.rglob("*") if path.is_file()]
    named = {address for path in files for address in ADDRESS.findall(path.read_text(encoding="utf-8"))}
    assert named - OF_SALESFORCE == PLACEHOLDERS


def test_only_users_whom_an_admin_has_approved_come_in():
    policies = part("extlClntAppOauthPolicies", "ecaOauthPlcy")
    assert said(policies, "permittedUsersPolicyType") == "AdminApprovedPreAuthorized"
    assert set(said(policies, "commaSeparatedPermissionSet").split(",")) == set(
        of_kind("permissionsets", "permissionset")
    )


def test_whoever_deploys_may_connect_before_any_permission_set_is_assigned():
    assert said(part("extlClntAppOauthPolicies", "ecaOauthPlcy"), "commaSeparatedProfile") == "System Administrator"


def test_policies_have_the_names_that_an_organization_gives_its_own():
    settings, policies = "Real_Magnet", "Real_Magnet_defaultPolicy"
    assert {*of_kind("extlClntAppOauthSettings", "ecaOauth"), *of_kind("externalClientApps", "eca")} == {settings}
    assert {*of_kind("extlClntAppOauthPolicies", "ecaOauthPlcy"), *of_kind("extlClntAppPolicies", "ecaPlcy")} == {
        policies
    }


def test_a_connection_lasts_until_somebody_ends_it():
    assert said(part("extlClntAppOauthPolicies", "ecaOauthPlcy"), "refreshTokenPolicyType") == "Infinite"


def test_the_app_asks_for_no_more_than_it_uses():
    scopes = said(part("extlClntAppOauthSettings", "ecaOauth"), "commaSeparatedOauthScopes")
    assert scopes.split(", ") == ["Api", "Basic", "OpenID", "RefreshToken"]


def test_authorization_needs_the_proof_of_who_began_it_and_the_secret():
    settings = part("extlClntAppGlobalOauthSets", "ecaGlblOauth")
    marks = ("isPkceRequired", "isConsumerSecretOptional", "isSecretRequiredForRefreshToken")
    assert [said(settings, mark) for mark in marks] == ["true", "false", "true"]


def test_canvas_posts_a_signed_request_wherever_we_appear():
    canvas = part("extlClntAppCanvasSettings", "ecaCanvas")
    assert said(canvas, "accessMethod") == "Post"
    assert set(every_word(canvas, "canvasLocationOptions")) >= {"Aura", "Visualforce", "PageLayout", "Publisher"}


@pytest.mark.parametrize("marks", ["isEnabled", "isOauthPluginEnabled", "isCanvasPluginEnabled"])
def test_the_app_is_switched_on(marks: str):
    assert said(part("extlClntAppPolicies", "ecaPlcy"), marks) == "true"


def test_the_component_passes_the_record_as_text_and_waits_for_it():
    bundle = SOURCE / "aura" / "realMagnet"
    markup = ET.parse(_declared(bundle / "realMagnet.cmp")).getroot()  # noqa: S314  # our own file
    interfaces = {name.strip() for name in markup.attrib["implements"].split(",")}
    assert interfaces == {
        "flexipage:availableForRecordHome", "force:hasRecordId", "force:lightningQuickAction",
    }  # fmt: skip
    (waiting,) = markup.findall("{aura}if")
    assert waiting.attrib["isTrue"] == "{!v.parameters}"
    (frame,) = waiting
    assert frame.attrib["parameters"] == "{!v.parameters}"
    controller = (bundle / "realMagnetController.js").read_text(encoding="utf-8")
    assert 'JSON.stringify({ recordId: component.get("v.recordId") })' in controller
    action = re.search(r'action="\{!c\.(\w+)\}"', (bundle / "realMagnet.cmp").read_text(encoding="utf-8"))
    assert action is not None
    assert f"{action[1]}: function" in controller


def _declared(path):  # Aura's markup declares none of its prefixes
    from io import StringIO

    text = path.read_text(encoding="utf-8")
    return StringIO(text.replace("<aura:component", '<aura:component xmlns:aura="aura" xmlns:force="force"', 1))
