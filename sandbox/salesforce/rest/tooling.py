"""The Tooling API as far as a connector reads it: the validation rules of the org's objects."""

import re

from flask import Blueprint, Response, g, request

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.gate import access, answer, backstage, drop_version
from sandbox.salesforce.rest.query import page
from sandbox.salesforce.soql import PAGE
from sandbox.salesforce.standard_setup import TOOLING

tooling = Blueprint("tooling", __name__, url_prefix="/services/data/<version>/tooling")
tooling.url_value_preprocessor(drop_version)


@tooling.get("/query")
@tooling.get("/query/")
def query() -> Response:
    """assumed: who may not see Setup is told that there are no such objects, as elsewhere."""
    text = request.args.get("q", "")
    named = re.search(r"\bFROM\s+(\w+)", text, re.IGNORECASE)
    if named is None:
        raise ApiError(400, "MALFORMED_QUERY", "SOQL statement cannot be empty")  # assumed: text
    if named[1].lower() not in TOOLING or (access().strict_setup and not access().sees_setup):
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{named[1]}' is not supported.")
    rights = backstage().org.system_access()
    return answer(page(backstage().cursors.start(rights, g.version, text, all_rows=False, size=PAGE)))
