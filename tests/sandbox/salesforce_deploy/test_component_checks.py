"""What the org refuses to deploy, in its own words: one table of bad archives."""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.salesforce.app import close_app
from sandbox.salesforce.deploy.permissions import allow_secrets, let_view_secrets
from tests.sandbox.salesforce_deploy.conftest import open_bare
from tests.sandbox.salesforce_deploy.packing import (
    CONTACT,
    KEY,
    OBJECT,
    Deployer,
    document,
    element,
    manifest,
    note,
    note_with_grants,
    packed,
)

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployer]:
    """Deploys to one org to which nothing is ever really deployed: every archive here is bad, or only checked."""
    folder: Path = tmp_path_factory.mktemp("checked")
    app = open_bare(folder)
    org: Org = app.extensions["salesforce"].org
    yield Deployer(app, org.admin_user_id)
    close_app(app)


def alone(kind: str, name: str, path: str, inside: str) -> dict[str, str]:
    """An archive of one component."""
    return {"package.xml": manifest({kind: [name]}), path: document(kind, inside)}


def field(**values: object) -> str:
    """A field of the object ``Note__c``, Text of 40 unless told otherwise; None leaves one out."""
    usual: dict[str, object] = {"fullName": "A__c", "type": "Text", "length": 40, "label": "A"}
    return element("fields", **{name: value for name, value in (usual | values).items() if value is not None})


def grant(inside: str) -> dict[str, str]:
    return alone("PermissionSet", "P", "permissionsets/P.permissionset", inside + "<label>P</label>")


OBJECT_RIGHTS = {
    "allowCreate": "false", "allowDelete": "false", "allowEdit": "false", "allowRead": "true",
    "modifyAllRecords": "false", "object": "Campaign", "viewAllRecords": "false",
}  # fmt: skip
LOOKUP = {"type": "Lookup", "length": None, "referenceTo": "Contact", "relationshipName": "As"}
IN_NS = "{http://soap.sforce.com/2006/04/metadata}"
BAD: list[tuple[Mapping[str, str], str]] = [
    ({}, "No package.xml found"),
    ({"package.xml": "<Package"}, "Error parsing file: unclosed token"),
    ({"package.xml": manifest({"Nonsense": ["A"]})}, "Unknown type name 'Nonsense' specified in package.xml"),
    (
        {"package.xml": manifest({"CustomTab": ["Gone"]})},
        "An object 'Gone' of type CustomTab was named in package.xml, but was not found in zipped directory",
    ),
    (note(KEY) | {"tabs/Other.tab": document("CustomTab", "")}, "Not in package.xml"),
    (
        {
            "package.xml": manifest({"CustomObject": ["Note__c"]}),
            "objects/Note__c/Note__c.object-meta.xml": document("CustomObject", OBJECT),
        },
        "Not in package.xml",  # source format
    ),
    (note(inside=OBJECT + "<colour>red</colour>"), f"Element {IN_NS}colour invalid at this location in type Cust"),
    (note(inside=OBJECT + "<label>Twice</label>"), f"Element {IN_NS}label is duplicated at this location in type Cu"),
    (note(inside=OBJECT.replace("ReadWrite", "Everybody")), "'Everybody' is not a valid value for the enum 'Shari"),
    (note(inside=OBJECT.replace("<sharingModel>ReadWrite</sharingModel>", "")), "non-empty sharingModel"),
    (note(inside=OBJECT.replace("N-{0000}", "N")), "displayFormat"),
    (note(inside=OBJECT + "<enableBulkApi>true</enableBulkApi>"), "enableStreamingApi"),
    (note(field(length=None)), "Must specify 'length' for a CustomField of type Text"),
    (note(field(length=256)), "between 1 and 255"),
    (note(field(type="Date")), "Can not specify 'length' for a CustomField of type Date"),
    (note(field(type="Date", length=None, unique="true")), "Can not specify 'unique' for a CustomField of type Date"),
    (note(field(length=None, formula="1 + 1")), "works out no formula but the path to a text or a number"),
    (note(field(length=None, formula="Gone__r.Name")), "Field Gone__r does not exist"),
    (note(field(formula="Name")), "Can not specify 'length' for a formula field"),
    (note(field(length=None, formula="Name", unique="true")), "Can not specify 'unique' for a formula field"),
    (note(field(type="Number", length=None, formula="Name")), "Must specify 'precision' for a CustomField of type"),
    (note(field(fullName="A__B__c")), "is not a valid API name"),
    (note(field(**LOOKUP | {"referenceTo": "Nobody__c"})), "referenceTo value of 'Nobody__c' does not resolve"),
    (note(field(**LOOKUP | {"required": "true"})), "must specify either cascade delete or restrict delete"),
    (
        note(field(**LOOKUP), field(**LOOKUP | {"fullName": "B__c"})),
        "There is already a Child Relationship named As on Contact.",
    ),
    (grant(element("objectPermissions", **OBJECT_RIGHTS | {"object": "X__c"})), "no CustomObject named X__c found"),
    (
        grant(element("objectPermissions", **OBJECT_RIGHTS | {"allowRead": "false", "allowEdit": "true"})),
        "Permission Edit Campaign depends on permission(s): Read Campaign",
    ),
    (
        grant(element("objectPermissions", **OBJECT_RIGHTS | {"object": "Contact"})),
        "Permission Read Contact depends on permission(s): Read Account",
    ),
    (
        grant(element("fieldPermissions", editable="true", field="Contact.X__c", readable="true")),
        "In field: field - no CustomField named Contact.X__c found",
    ),
    (
        grant(element("fieldPermissions", editable="true", field="Contact.LastName", readable="true")),
        "You cannot deploy to a required field: Contact.LastName",
    ),
    (grant(element("userPermissions", enabled="true", name="Fly")), "Unknown user permission: Fly"),
    (grant(element("tabSettings", tab="X__c", visibility="Visible")), "In field: tab - no CustomTab named X__c found"),
    (
        note(KEY, "<listViews><fullName>All</fullName><columns>X__c</columns><filterScope>Everything</filterScope>"
        "<label>All</label></listViews>"),
        "Could not resolve list view column: X__c",
    ),
    (
        alone("CustomTab", "P", "tabs/P.tab", "<label>P</label><motif>Custom1</motif><page>P</page>"),
        "In field: page - no ApexPage named P found",
    ),
    (
        alone("CustomApplication", "A", "applications/A.app", "<label>A</label><tabs>X__c</tabs>"),
        "In field: tab - no CustomTab named X__c found",
    ),
    (
        alone("QuickAction", "Contact.A", "quickActions/Contact.A.quickAction", "<canvas>App</canvas><label>A</label>"
        "<optionsCreateFeedItem>false</optionsCreateFeedItem><type>Canvas</type>"),
        "In field: canvas - no ExternalClientApplication named App found",
    ),
    (
        alone("Layout", "Contact-L", "layouts/Contact-L.layout", "<layoutSections><layoutColumns><layoutItems>"
        "<field>X__c</field></layoutItems></layoutColumns><style>OneColumn</style></layoutSections>"),
        "In field: field - no CustomField named Contact.X__c found",
    ),
    (
        {
            "package.xml": manifest({"AuraDefinitionBundle": ["box"]}),
            "aura/box/box.cmp": "<aura:component><c:lid/></aura:component>",
        },
        "No COMPONENT named markup://c:lid found",
    ),
    (
        alone("ReportType", "T", "reportTypes/T.reportType", "<baseObject>Contact</baseObject>"
        "<category>other</category><deployed>true</deployed><join><outerJoin>false</outerJoin><relationship>Xs__r</relationship></join>"
        "<label>T</label>"),
        "Invalid object relationship: Contact.Xs__r",
    ),
    (
        alone("Report", "F/R", "reports/F/R.report", "<format>Tabular</format><name>R</name>"
        "<reportType>ContactList</reportType>"),
        "Cannot find folder:F",
    ),
    (
        alone("ConnectedApp", "C", "connectedApps/C.connectedApp", "<contactEmail>a@example.com</contactEmail>"
        "<label>C</label>"),
        "You can't create a connected app",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("files", "words"), BAD, ids=[words[:40] for _, words in BAD])
def test_what_is_refused(admin: Deployer, files: Mapping[str, str], words: str) -> None:
    result = admin.deploy(files)
    assert (result["status"], result["success"]) == ("Failed", False)
    problems = [item["problem"] for item in result["details"]["componentFailures"]]
    assert any(words in problem for problem in problems), problems


def test_what_is_no_zip(admin: Deployer) -> None:
    assert admin.result(admin.start(b"no zip").json["id"])["status"] == "Failed"


def test_a_good_archive_is_refused_by_none_of_this(admin: Deployer) -> None:
    assert admin.problems(note_with_grants(), checkOnly=True) == []


def test_a_warning_fails_a_deployment_that_does_not_ignore_warnings(admin: Deployer) -> None:
    files = note(KEY) | {"readme.txt": "left over"}
    assert admin.deploy(files, checkOnly=True)["status"] == "Failed"
    assert admin.deploy(files, checkOnly=True, ignoreWarnings=True)["status"] == "Succeeded"


def test_what_exists_keeps_its_type(tmp_path: Path) -> None:
    app = open_bare(tmp_path)
    admin = Deployer(app, app.extensions["salesforce"].org.admin_user_id)
    admin.deploy(note(KEY, CONTACT))
    assert admin.problems(note(field(fullName="Key__c", type="Phone", length=None))) == [
        "Cannot update a field to a Phone from something else"
    ]
    assert admin.problems(note(CONTACT.replace(">Contact<", ">Lead<"))) == [
        "Cannot change which object a custom field references"
    ]
    close_app(app)


# -- the external client app -------------------------------------------------------------------------------------------

PART = "<externalClientApplication>App</externalClientApplication>"
APP = {
    "externalClientApps/App.eca": document(
        "ExternalClientApplication", "<contactEmail>a@example.com</contactEmail><label>The app</label>"
    ),
    "extlClntAppOauthSettings/App_oauth.ecaOauth": document(
        "ExtlClntAppOauthSettings", f"<commaSeparatedOauthScopes>Api, RefreshToken</commaSeparatedOauthScopes>{PART}"
    ),
    "extlClntAppGlobalOauthSets/App_glbl.ecaGlblOauth": document(
        "ExtlClntAppGlobalOauthSettings", f"<callbackUrl>https://app.example.com/back</callbackUrl>{PART}"
    ),
    "extlClntAppCanvasSettings/App_canvas.ecaCanvas": document(
        "ExtlClntAppCanvasSettings", f"<accessMethod>Post</accessMethod><canvasUrl>https://app.example.com/</canvasUrl>{PART}"
    ),
}  # fmt: skip
APP_MEMBERS = {
    "ExternalClientApplication": ["App"],
    "ExtlClntAppOauthSettings": ["App_oauth"],
    "ExtlClntAppGlobalOauthSettings": ["App_glbl"],
    "ExtlClntAppCanvasSettings": ["App_canvas"],
}


def test_an_app_takes_two_switches_and_gets_a_key_and_a_secret_once(tmp_path: Path) -> None:
    running = open_bare(tmp_path)
    org: Org = running.extensions["salesforce"].org
    admin = Deployer(running, org.admin_user_id)
    files = {"package.xml": manifest(APP_MEMBERS)} | APP
    for org_wide, personal in ((False, False), (True, False), (False, True)):
        allow_secrets(org, allowed=org_wide)
        let_view_secrets(org, org.admin_user_id, allowed=personal)
        assert "OAuth consumer secrets" in admin.problems(files)[0]
    assert org.app() is None
    allow_secrets(org, allowed=True)
    assert admin.problems(files) == []
    app = org.app()
    assert app is not None
    assert (app.label, app.canvas_url, app.callback_url) == (
        "The app", "https://app.example.com/", "https://app.example.com/back",
    )  # fmt: skip
    assert (app.scopes, len(app.consumer_key), len(app.consumer_secret)) == (("api", "refresh_token"), 85, 64)
    moved = {path: text.replace("app.example.com", "new.example.com") for path, text in files.items()}
    assert admin.problems(moved) == []
    again = org.app()
    assert again is not None
    assert again.canvas_url == "https://new.example.com/"
    assert (again.consumer_key, again.consumer_secret) == (app.consumer_key, app.consumer_secret)
    close_app(running)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<externalClientApplication>App<", "<externalClientApplication>app<", "INVALID_CROSS_REFERENCE_KEY"),
        ("https://app.example.com/<", "http://app.example.com/<", "must be a secure URL"),
        ("Api, RefreshToken", "Api, Everything", "Invalid OAuth scope: Everything"),
        ("<version>66.0<", "<version>65.0<", "'ExtlClntAppCanvasSettings' is not available in API version 65.0"),
    ],
)
def test_apps_that_do_not_deploy(admin: Deployer, old: str, new: str, words: str) -> None:
    files = {"package.xml": manifest(APP_MEMBERS)} | APP
    bad = {path: text.replace(old, new) for path, text in files.items()}
    problems = admin.result(admin.start(packed(bad)).json["id"])["details"]["componentFailures"]
    assert any(words in item["problem"] for item in problems)
