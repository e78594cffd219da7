"""Small archives in the Metadata API's format, and a caller who deploys them."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from flask import Flask

BASE = "http://localhost:8001"
NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
OBJECT = """<label>Note</label><pluralLabel>Notes</pluralLabel><deploymentStatus>Deployed</deploymentStatus>
<sharingModel>ReadWrite</sharingModel>
<nameField><type>AutoNumber</type><label>Number</label><displayFormat>N-{0000}</displayFormat></nameField>"""
KEY = """<fields><fullName>Key__c</fullName><type>Text</type><length>40</length><label>Key</label>
<externalId>true</externalId><unique>true</unique><caseSensitive>true</caseSensitive></fields>"""
CONTACT = """<fields><fullName>Contact__c</fullName><type>Lookup</type><label>Contact</label>
<referenceTo>Contact</referenceTo><relationshipName>Notes</relationshipName></fields>"""


def element(tag: str, **values: object) -> str:
    """``<tag><name>value</name>…</tag>``."""
    return f"<{tag}>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + f"</{tag}>"


def document(tag: str, inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag} xmlns="{NAMESPACE}">{inside}</{tag}>'


def manifest(members: Mapping[str, list[str]], version: str = "66.0") -> str:
    types = "".join(
        "<types>" + "".join(f"<members>{name}</members>" for name in names) + f"<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    return document("Package", f"{types}<version>{version}</version>")


def packed(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return buffer.getvalue()


def note(*fields: str, inside: str = OBJECT) -> dict[str, str]:
    """An archive with the object ``Note__c``."""
    return {
        "package.xml": manifest({"CustomObject": ["Note__c"]}),
        "objects/Note__c.object": document("CustomObject", "".join(sorted(fields)) + inside),
    }


def note_with_grants(*, version: str = "66.0") -> dict[str, str]:
    """The object with its fields, and a permission set for both."""
    grants = (
        element("fieldPermissions", editable="true", field="Note__c.Contact__c", readable="true")
        + element("fieldPermissions", editable="true", field="Note__c.Key__c", readable="true")
        + "<label>Note writer</label>"
        + element(
            "objectPermissions", allowCreate="true", allowDelete="false", allowEdit="true", allowRead="true",
            modifyAllRecords="false", object="Note__c", viewAllRecords="true",
        )
    )  # fmt: skip
    return note(CONTACT, KEY) | {
        "package.xml": manifest({"CustomObject": ["Note__c"], "PermissionSet": ["Note_Writer"]}, version),
        "permissionsets/Note_Writer.permissionset": document("PermissionSet", grants),
    }


class Deployer:
    """Calls as one user."""

    def __init__(self, app: Flask, user_id: str) -> None:
        self.client = app.test_client()
        self.user_id = user_id
        token = app.extensions["sessions"].issue(user_id, "key", "api id")
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, **options: Any) -> Any:
        address = f"/services/data/v66.0{path}"
        return self.client.open(address, method=method, headers=self.headers, base_url=BASE, **options)

    def start(self, content: bytes, **options: Any) -> Any:
        chosen = {"singlePackage": True, "rollbackOnError": True} | options
        data = {
            "json": (io.BytesIO(json.dumps({"deployOptions": chosen}).encode()), "options", "application/json"),
            "file": (io.BytesIO(content), "package.zip", "application/zip"),
        }
        return self.call("POST", "/metadata/deployRequest", data=data, content_type="multipart/form-data")

    def result(self, deployment_id: str) -> dict[str, Any]:
        path = f"/metadata/deployRequest/{deployment_id}"
        found: dict[str, Any] = self.call("GET", path, query_string={"includeDetails": "true"}).json["deployResult"]
        return found

    def deploy(self, files: Mapping[str, str], **options: Any) -> dict[str, Any]:
        """The result of a deployment that takes no time."""
        return self.result(self.start(packed(files), **options).json["id"])

    def problems(self, files: Mapping[str, str], **options: Any) -> list[str]:
        """What is wrong with an archive, in the org's words."""
        result = self.deploy(files, **options)
        return [item["problem"] for item in result["details"]["componentFailures"]]

    def records(self, text: str) -> list[dict[str, Any]]:
        rows = self.call("GET", "/query", query_string={"q": text}).json["records"]
        return [{key: value for key, value in row.items() if key != "attributes"} for row in rows]
