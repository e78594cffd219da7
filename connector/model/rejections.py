"""Why Salesforce refuses a row or a call: cause, who can mend it, how, and whether trying again helps. One table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who can mend it."""

    SALESFORCE = "Salesforce administrator"
    REALMAGNET = "Real Magnet administrator"
    PASSES = "Nobody: it passes"


@dataclass(frozen=True)
class Reason:
    """Why, what to do about it, whose it is, and whether the next try may succeed without anybody's doing."""

    why: str
    advice: str
    owner: Owner = Owner.SALESFORCE
    passes: bool = False


_ADMIN = "A Salesforce administrator"
_PERMISSIONS = f"{_ADMIN} gives the connected user the Real Magnet Integration permission set, then try again."
_NEXT_RUN = "Nothing to do: the next run tries again."


def _passes(why: str) -> Reason:
    return Reason(why, _NEXT_RUN, Owner.PASSES, passes=True)


REASONS: Mapping[str, Reason] = {
    "REQUEST_LIMIT_EXCEEDED": _passes("The org used up its API calls of the day."),
    "STORAGE_LIMIT_EXCEEDED": Reason(
        "Salesforce has no storage left.", f"{_ADMIN} frees or buys data storage; Budgets shows what would save some."
    ),
    "UNABLE_TO_LOCK_ROW": _passes("The person's record was being changed at that moment."),
    "DUPLICATES_DETECTED": Reason(
        "A duplicate rule stopped it.", f"{_ADMIN} lets the connected user pass the duplicate rule, then try again."
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Reason(
        "A validation rule of your org stopped it.",
        f"{_ADMIN} exempts the connected user from the rule, then try again.",
    ),
    "REQUIRED_FIELD_MISSING": Reason(
        "A field that your org requires is empty.", f"{_ADMIN} makes the field optional on that list, then try again."
    ),
    "INSUFFICIENT_ACCESS": Reason("The connected user may not change this record.", _PERMISSIONS),
    "INVALID_CROSS_REFERENCE_KEY": Reason(
        "The person was deleted or merged away meanwhile.",
        "Nothing to do: the next run follows the person, or says that nobody is left.",
        Owner.PASSES,
        passes=True,
    ),
    "ENTITY_IS_DELETED": Reason(
        "The record was deleted in Salesforce.",
        "Undelete it in Salesforce and try again, or ignore it: the activity is kept here.",
    ),
    "INVALID_FIELD": Reason("A field is missing, or hidden from the connected user.", _PERMISSIONS),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Reason(
        "A trigger or flow of your org failed.",
        f"{_ADMIN} looks at the automation that Salesforce names below, then try again.",
    ),
    "STRING_TOO_LONG": Reason(
        "A text is longer than its field.", f"{_ADMIN} restores the field's length: Connection > Prepare Salesforce."
    ),
    "INVALID_SESSION_ID": _passes("The connection to Salesforce had ended."),
    "OAUTH_APP_BLOCKED": Reason(
        "Salesforce blocks the Real Magnet app.", f"{_ADMIN} unblocks it in Setup > Connected Apps OAuth Usage."
    ),
    "DUPLICATE_VALUE": Reason(
        "Another row has the same External Key, or another field of your org that must be unique.",
        f"{_ADMIN} looks at the row that Salesforce names below: a copy made by hand can be deleted. Then try again.",
    ),
    "INACTIVE_OWNER": Reason(
        "The owner of the record is a user who is not active any more.",
        f"{_ADMIN} gives the record an active owner, then try again.",
    ),
    "INVALID_LOGIN": Reason(
        "Salesforce does not accept the connection's login any more.",
        f"{_ADMIN} connects again under Connection.",
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Reason(
        "A list of values in your org does not allow this one.",
        f"{_ADMIN} adds the value, or makes the list unrestricted: Connection > Prepare Salesforce.",
    ),
    "SERVER_UNAVAILABLE": _passes("Salesforce was not available at that moment."),
    "QUERY_TIMEOUT": _passes("Salesforce took too long at that moment."),
    "REQUEST_RUNNING_TOO_LONG": _passes("Salesforce took too long at that moment."),
}
"""By Salesforce's own code."""

ALIKE: Mapping[str, str] = {
    "INSUFFICIENT_ACCESS_OR_READONLY": "INSUFFICIENT_ACCESS",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "INSUFFICIENT_ACCESS",
    "API_CURRENTLY_DISABLED": "INSUFFICIENT_ACCESS",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "INVALID_FIELD",
    "OPERATION_WITH_INACTIVE_USER": "INACTIVE_OWNER",
    "INACTIVE_OWNER_OR_USER": "INACTIVE_OWNER",
    "DUPLICATE_EXTERNAL_ID": "DUPLICATE_VALUE",
}
"""Codes that mean the same to a person."""


def plain(code: str) -> Reason | None:
    """The reason behind Salesforce's code; None for one that has no plain words yet: its own text is shown."""
    known = code.upper()
    return REASONS.get(ALIKE.get(known, known))
