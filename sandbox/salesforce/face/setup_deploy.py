"""Setup, Deploy a package: takes a zip to the org's own Metadata API as the admin, and shows how that went."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.salesforce.deploy.permissions import (
    allow_secrets,
    let_view_secrets,
    may_view_secrets,
    secrets_allowed,
)
from sandbox.salesforce.face.looking import admin_id, org
from sandbox.salesforce.face.own_api import as_list, call, words
from sandbox.salesforce.oauth.admission import find_app

_API = "/metadata/deployRequest"
_OPTIONS = {"singlePackage": True, "rollbackOnError": True, "checkOnly": False, "ignoreWarnings": True}


@dataclass(frozen=True)
class Progress:
    """What Setup tells of a deployment."""

    status: str
    done: bool
    success: bool
    deployed: int
    total: int
    failures: list[dict[str, Any]]
    problem: str


def _progress(job: str) -> Progress:
    status, body = call("GET", f"{_API}/{job}", query_string={"includeDetails": "true"})
    if status == 404:
        abort(404)
    if status != 200:
        return Progress(
            "Failed", done=True, success=False, deployed=0, total=0, failures=[], problem=words(status, body)
        )
    told: dict[str, Any] = body["deployResult"]
    return Progress(
        status=str(told.get("status", "")),
        done=bool(told.get("done")),
        success=bool(told.get("success")),
        deployed=int(told.get("numberComponentsDeployed") or 0),
        total=int(told.get("numberComponentsTotal") or 0),
        failures=as_list((told.get("details") or {}).get("componentFailures")),
        problem=str(told.get("errorMessage") or ""),
    )


def _form(fault: str = "") -> str:
    return render_template(
        "setup_deploy.html",
        tab="setup",
        fault=fault,
        oauth_secrets=secrets_allowed(org()),
        view_secrets=may_view_secrets(org(), admin_id()),
    )


def _start() -> tuple[str, str]:
    """The deployment's id, or in what words it was refused."""
    allow_secrets(org(), allowed="oauth_secrets" in request.form)
    let_view_secrets(org(), admin_id(), allowed="view_secrets" in request.form)
    package = request.files.get("package")
    content = package.read() if package is not None else b""
    if not content:
        return "", "Choose the package's zip file first."
    parts = {
        "json": (BytesIO(json.dumps({"deployOptions": _OPTIONS}).encode()), "options.json", "application/json"),
        "file": (BytesIO(content), "package.zip", "application/zip"),
    }
    status, body = call("POST", _API, data=parts, content_type="multipart/form-data")
    return (str(body["id"]), "") if status in (200, 201) else ("", words(status, body))


def add_deploy(pages: Blueprint) -> None:
    @pages.get("/lightning/setup/deploy")
    def deploy() -> str:
        return _form()

    @pages.post("/lightning/setup/deploy")
    def start_deployment() -> str | Response:
        job, refusal = _start()
        return _form(refusal) if refusal else redirect(url_for("face.deployment", job=job), 303)

    @pages.get("/lightning/setup/deploy/<job>")
    def deployment(job: str) -> str:
        told = _progress(job)
        app = find_app() if told.success else None
        return render_template("setup_deployment.html", tab="setup", progress=told, app=app)
