"""Whom Contacts and Leads belong to: the names of users and queues, asked for once. A night goes on without them."""

from collections.abc import Sequence

import structlog

from connector.activity.night import Night
from connector.errors import CredentialsRefused, LimitReached, Refused
from connector.model.people import id18
from connector.store import people
from connector.store.database import chunks

log = structlog.get_logger()

OBJECTS = {"005": "User", "00G": "Group"}
"""By what an id begins with; Salesforce keeps queues among its groups."""
IDS_A_QUERY = 400
"""Of 18 letters with quotes and a comma, in an address of up to 16,384."""


def name_owners(night: Night) -> None:
    """Learn the names of owners that have none yet. Who may not be read stays unknown, and is asked for again."""
    with night.database.read() as connection:
        unnamed = people.unnamed_owners(connection, night.org_id)
    for prefix, object_name in OBJECTS.items():
        wanted = [(owner,) for owner in unnamed if owner.startswith(prefix) and owner.isalnum()]
        for chunk in chunks(wanted, IDS_A_QUERY):
            found = _names(night, object_name, [str(owner) for (owner,) in chunk])
            if found is None:
                break
            with night.write() as connection:
                people.name_owners(connection, night.org_id, found)


def _names(night: Night, object_name: str, owners: Sequence[str]) -> dict[str, str] | None:
    """Owner → name, empty for one that Salesforce does not show; None when such things may not be read at all."""
    listed = ", ".join(f"'{owner}'" for owner in owners)  # letters and digits only
    soql = f"SELECT Id, Name FROM {object_name} WHERE Id IN ({listed})"  # noqa: S608  # SOQL of our own words
    try:
        rows = list(night.salesforce.query(soql))
    except (CredentialsRefused, LimitReached):
        raise
    except Refused as error:
        log.warning("owners stay without names", object=object_name, code=error.code)
        return None
    return dict.fromkeys(owners, "") | {id18(str(row[0])): str(row[1] or "") for row in rows}
