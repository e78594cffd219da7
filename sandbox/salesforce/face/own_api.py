"""The org's own REST API, called by Setup in the admin's name as any tool would; it knows no page."""

from typing import Any

from flask import current_app

from sandbox.salesforce.face.looking import admin_id, stage

DATA = "/services/data/v66.0"


def call(method: str, path: str, **given: Any) -> tuple[int, Any]:
    """Status and JSON of one call, with a session that ends with it; ``path`` starts behind the version."""
    sessions = stage().sessions
    token = sessions.issue(admin_id(), "Setup", "api")
    headers = {"Authorization": f"Bearer {token}"}
    base = stage().options.instance_url
    answer = current_app.test_client().open(DATA + path, method=method, headers=headers, base_url=base, **given)
    sessions.revoke(token)
    return answer.status_code, answer.get_json(silent=True)


def as_list(given: Any) -> list[dict[str, Any]]:
    """Metadata answers tell one of something without a list."""
    return given if isinstance(given, list) else [given] if given else []


def words(status: int, body: Any) -> str:
    """What a refusal says."""
    items = as_list(body)
    return str(items[0].get("message", "")) if items else f"Salesforce answered {status}."


def query(soql: str) -> list[dict[str, Any]]:
    """The first page of a query's records; none if the org refuses it."""
    status, body = call("GET", "/query", query_string={"q": soql})
    return list(body["records"]) if status == 200 else []
