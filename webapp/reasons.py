"""Why Salesforce refused a row, in plain words with what to do and who; unknown codes keep Salesforce's own text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why, and what to do about it."""

    why: str
    advice: str


ADMIN = "A Salesforce administrator"
PERMISSIONS = f"{ADMIN} gives it the Real Magnet Integration permission set."
NEXT_RUN = "Nothing to do: the next run tries again."

REASONS = {
    "REQUEST_LIMIT_EXCEEDED": Reason("The org used up its API calls of the day.", NEXT_RUN),
    "STORAGE_LIMIT_EXCEEDED": Reason("Salesforce has no storage left.", f"{ADMIN} frees or buys data storage."),
    "UNABLE_TO_LOCK_ROW": Reason("The person's record was being changed at that moment.", NEXT_RUN),
    "DUPLICATES_DETECTED": Reason(
        "A duplicate rule stopped it.", f"{ADMIN} lets the connected user pass the duplicate rule."
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Reason(
        "A validation rule of your org stopped it.", f"{ADMIN} exempts the connected user from the rule."
    ),
    "REQUIRED_FIELD_MISSING": Reason(
        "A field that your org requires is empty.", f"{ADMIN} makes the field optional on Real Magnet Activity."
    ),
    "INSUFFICIENT_ACCESS": Reason(
        "The connected user may not change this record.",
        PERMISSIONS,
    ),
    "INVALID_CROSS_REFERENCE_KEY": Reason("The person was deleted or merged away meanwhile.", NEXT_RUN),
    "ENTITY_IS_DELETED": Reason(
        "The record was deleted in Salesforce.", "Restore it or leave it; the activity is kept here."
    ),
    "INVALID_FIELD": Reason("A field is hidden from the connected user.", PERMISSIONS),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Reason(
        "A trigger or flow of your org failed.", f"{ADMIN} looks at the automation on Real Magnet Activity."
    ),
    "STRING_TOO_LONG": Reason("A text is longer than its field.", f"{ADMIN} restores the field's length."),
    "INVALID_SESSION_ID": Reason("The connection to Salesforce had ended.", NEXT_RUN),
    "OAUTH_APP_BLOCKED": Reason("Salesforce blocks the Real Magnet app.", f"{ADMIN} unblocks it in Connected Apps."),
}

ALIKE = {
    "INSUFFICIENT_ACCESS_OR_READONLY": "INSUFFICIENT_ACCESS",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "INSUFFICIENT_ACCESS",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "INVALID_FIELD",
    "API_CURRENTLY_DISABLED": "INSUFFICIENT_ACCESS",
}


def plain(code: str) -> Reason | None:
    """The reason behind Salesforce's code; None for one that has no plain words yet."""
    known = code.upper()
    return REASONS.get(ALIKE.get(known, known))
