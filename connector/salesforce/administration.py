"""What an administrator looks after: users, permission sets, rules on objects; and a session that a person brought."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from urllib.parse import quote

from connector.errors import CredentialsRefused, LimitReached, Refused, UnexpectedAnswer
from connector.model.connection import SalesforceUser
from connector.model.people import id18
from connector.salesforce import translate
from connector.salesforce.records import Records
from connector.salesforce.session import OrgSession
from connector.salesforce.soql import quoted
from connector.salesforce.tokens import AccessToken, Connection

_Answer = TypeVar("_Answer")

OPEN_AGAIN = "Open the Real Magnet tab in Salesforce again."
_THERE_ALREADY = {"DUPLICATEVALUE", "DUPLICATESDETECTED"}


class GivenToken:
    """A Salesforce session that a person brought along, as a `TokenKeeper`: it serves as long as it lives."""

    def __init__(self, instance_url: str, access_token: str) -> None:
        self._connection = Connection("session", instance_url, instance_url=instance_url, access_token=access_token)

    def load(self) -> Connection:
        """The session."""
        return self._connection

    def lock(self) -> AbstractContextManager[None]:
        """Asked for a renewal, which nobody can give: raises `CredentialsRefused`."""
        raise CredentialsRefused("Your own Salesforce session has ended.", advice=OPEN_AGAIN)

    def replace(self, seen_version: int, token: AccessToken) -> None:
        """Nothing renews it, so there is nothing to keep."""

    def refused(self, reason: str) -> None:
        """The org's own connection is another one, so there is nothing to note."""


class Administration:
    """The users and permission sets of one org, as far as the connected user may see them."""

    def __init__(self, session: OrgSession, records: Records) -> None:
        self._session = session
        self._records = records

    def users(self, user_ids: Iterable[str]) -> list[SalesforceUser]:
        """These users as they are now, in no order; those that Salesforce does not show are left out.

        Who may not see Setup is shown users, but neither their profiles nor their permission sets.
        """
        wanted = ", ".join(quoted(one) for one in user_ids)
        if not wanted:
            return []
        sets = _if_shown(lambda: self._sets_of(wanted))
        people = self._people(wanted)
        return [
            SalesforceUser(
                *(str(user_id), str(username), str(name), bool(active), str(profile or "")),
                permission_sets=(sets or {}).get(user_id, ()),
                sets_shown=sets is not None,
            )
            for user_id, username, name, active, profile in people
        ]

    def _people(self, wanted: str) -> Sequence[Sequence[Any]]:
        where = f"FROM User WHERE Id IN ({wanted})"
        told = _if_shown(
            lambda: list(self._records.query(f"SELECT Id, Username, Name, IsActive, Profile.Name {where}"))
        )
        if told is not None:
            return told
        return [(*row, "") for row in self._records.query(f"SELECT Id, Username, Name, IsActive {where}")]

    def _sets_of(self, wanted: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        soql = (
            "SELECT AssigneeId, PermissionSet.Name FROM PermissionSetAssignment "  # noqa: S608  # SOQL
            f"WHERE AssigneeId IN ({wanted}) AND PermissionSet.IsOwnedByProfile = false"
        )
        for user_id, name in self._records.query(soql):
            found.setdefault(str(user_id), []).append(str(name))
        return found

    def permission_set_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Name → id of those of these permission sets that there are."""
        wanted = ", ".join(quoted(name) for name in names)
        rows = self._records.query(f"SELECT Name, Id FROM PermissionSet WHERE Name IN ({wanted})")  # noqa: S608  # SOQL
        return {str(name): id18(str(found)) for name, found in rows}

    def assign(self, user_id: str, permission_set_id: str) -> None:
        """Give a user a permission set; fine when he has it. Raises `Refused` when this user may not."""
        body = {"AssigneeId": user_id, "PermissionSetId": permission_set_id}
        try:
            self._session.request("POST", "sobjects/PermissionSetAssignment", json=body)
        except Refused as error:
            if translate.plain_code(error.code) not in _THERE_ALREADY:
                raise

    def validation_rules(self, object_names: Iterable[str]) -> dict[str, list[str]] | None:
        """Object → names of its active validation rules; None when they are not shown to this user."""
        among = ", ".join(quoted(name) for name in object_names)
        soql = (
            "SELECT EntityDefinition.QualifiedApiName, ValidationName FROM ValidationRule "  # noqa: S608  # SOQL
            f"WHERE Active = true AND EntityDefinition.QualifiedApiName IN ({among})"
        )
        rows = _if_shown(lambda: self._tooling(soql))
        if rows is None:
            return None
        return _listed((row["EntityDefinition"]["QualifiedApiName"], row["ValidationName"]) for row in rows)

    def duplicate_rules(self, object_names: Iterable[str]) -> dict[str, list[str]] | None:
        """Object → labels of its active duplicate rules; None when they are not shown to this user."""
        among = ", ".join(quoted(name) for name in object_names)
        soql = (
            "SELECT SobjectType, MasterLabel FROM DuplicateRule "  # noqa: S608  # SOQL
            f"WHERE IsActive = true AND SobjectType IN ({among})"
        )
        rows = _if_shown(lambda: list(self._records.query(soql)))
        return None if rows is None else _listed(rows)

    def _tooling(self, soql: str) -> list[dict[str, Any]]:
        body = translate.parsed(self._session.request("GET", f"tooling/query?q={quote(soql)}").content)
        rows = body.get("records") if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise UnexpectedAnswer("Salesforce's answer could not be read.")
        return rows


def _listed(rows: Iterable[Sequence[Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, rule in rows:
        found.setdefault(str(name), []).append(str(rule))
    return found


def _if_shown(ask: Callable[[], _Answer]) -> _Answer | None:
    """What an administrator would be told; who may not see Setup is refused or told that there is no such thing."""
    try:
        return ask()
    except (CredentialsRefused, LimitReached):
        raise
    except Refused:
        return None
