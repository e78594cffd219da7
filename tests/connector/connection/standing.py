"""Orgs to examine: one made of what is needed, where a test takes something away, and one served by the stand-in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connector.connection.needs import FieldNeed, ObjectNeed
from connector.model.connection import FieldShape, ObjectShape
from connector.salesforce.administration import GivenToken
from connector.salesforce.gateway import Salesforce
from connector.settings import Settings
from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.deploy.deployments import SECONDS
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from tests.connector.activity.serving import serving

Shapes = dict[str, ObjectShape]


def shape_of(field: FieldNeed) -> FieldShape:
    kind = field.type or "string"
    return FieldShape(field.name, kind, field.length or 255, True, True, field.required, field.name.endswith("__c"))


def whole(needs: Sequence[ObjectNeed]) -> Shapes:
    """An org in which nothing is wanting."""
    return {
        need.name: ObjectShape(need.name, True, True, True, {field.name: shape_of(field) for field in need.fields})
        for need in needs
    }


def changed(shapes: Shapes, subject: str, **changes: Any) -> Shapes:
    """The same org with something else said of an object or of an Object.Field."""
    name, _, field = subject.partition(".")
    shape = shapes[name]
    if field:
        fields = {**shape.fields, field: replace(shape.fields[field], **changes)}
        return {**shapes, name: replace(shape, fields=fields)}
    return {**shapes, name: replace(shape, **changes)}


def without(shapes: Shapes, subject: str) -> Shapes:
    """The same org without an object or an Object.Field."""
    name, _, field = subject.partition(".")
    if not field:
        return {other: shape for other, shape in shapes.items() if other != name}
    fields = {other: shape for other, shape in shapes[name].fields.items() if other != field}
    return {**shapes, name: replace(shapes[name], fields=fields)}


@dataclass
class Served:
    """An org of the stand-in and its address."""

    org: Org
    url: str
    sessions: Any

    def token(self, user_id: str) -> str:
        return str(self.sessions.issue(user_id, "key", "api id openid"))

    def gateway(self, user_id: str) -> Salesforce:
        """Salesforce as one of its users."""
        return Salesforce(GivenToken(self.url, self.token(user_id)), Settings(http_timeout=10))

    @property
    def connected(self) -> Salesforce:
        return self.gateway(self.org.integration_user_id)

    @property
    def administrator(self) -> Salesforce:
        return self.gateway(self.org.admin_user_id)


@contextmanager
def served(folder: Path, *, bare: bool = False) -> Iterator[Served]:
    """Serve an org in which deployments take no time."""
    org = Org(folder, bare=bare)
    org.set_setting(SECONDS, "0")
    found: dict[str, Any] = {}

    def make(port: int) -> Any:
        found["url"] = f"http://127.0.0.1:{port}"
        found["app"] = create_app(org, AppOptions(found["url"]))
        return found["app"]

    with serving(make):
        try:
            yield Served(org, found["url"], found["app"].extensions["sessions"])
        finally:
            close_app(found["app"])
