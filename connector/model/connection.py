"""Connecting an org and examining it: ways to connect, what was found wanting, and deployments, in our words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Way(StrEnum):
    """How the workers get into Salesforce; the value is how a connection keeps it."""

    WEB = "refresh_token"
    JWT = "jwt"
    CLIENT_CREDENTIALS = "client_credentials"
    PASSWORD = "password"


class Weight(StrEnum):
    """What a finding does: without its repair no run can begin, or some of its rows will be missing."""

    BLOCKS = "blocks"
    WARNS = "warns"


@dataclass(frozen=True)
class Finding:
    """One thing that stands in the way in Salesforce: what, why it matters, who does what, and what would bring it.

    `subject` is an object or Object.Field; `permission_set` names the set of ours that grants it, or is empty.
    """

    weight: Weight
    subject: str
    problem: str
    fix: str
    permission_set: str = ""


@dataclass(frozen=True)
class ObjectShape:
    """An object as far as the connected user may see and change it. `required` fields must be given on creation."""

    name: str
    createable: bool
    updateable: bool
    deletable: bool
    fields: dict[str, "FieldShape"]


@dataclass(frozen=True)
class FieldShape:
    """One field of an object, in describe's words."""

    name: str
    type: str
    length: int
    createable: bool
    updateable: bool
    required: bool
    custom: bool


@dataclass(frozen=True)
class ComponentError:
    """A part of a deployment that Salesforce refused, with its own words."""

    kind: str
    name: str
    problem: str


@dataclass(frozen=True)
class Deployment:
    """A deployment as it stands at Salesforce."""

    id: str
    state: str
    done: bool
    success: bool
    deployed: int
    total: int
    errors: Sequence[ComponentError] = ()


@dataclass(frozen=True)
class SalesforceUser:
    """A user of the org, with the profile and the permission sets that he holds, by their API names.

    `sets_shown` is False where Salesforce did not say which permission sets he holds: none are known then.
    """

    id: str
    username: str = field(repr=False)
    name: str = field(repr=False)
    active: bool
    profile: str
    permission_sets: Sequence[str] = ()
    sets_shown: bool = True


@dataclass(frozen=True)
class Tried:
    """What a connection showed when it was tried: which org it leads to, as whom, and what that user lacks."""

    organization_id: str
    organization_name: str
    user: SalesforceUser
    instance_url: str
    findings: Sequence[Finding] = ()
