"""How fresh a person's panel is: up to the last night, or up to the last update of this very person."""

from typing import Any

from sqlalchemy import Connection

from connector.model.people import kind_of
from connector.model.scope import Scope
from connector.store import screens, updates
from webapp.person_panel import showing
from webapp.sessions import visitor
from webapp.single_sends import following


def values(connection: Connection, person_id: str) -> dict[str, Any]:
    """Of a person, by the id of the living record."""
    scope, org_id = Scope(person_id=person_id), visitor().org_id
    night, own = screens.fresh_until(connection, org_id) or 0, updates.fresh_until(connection, org_id, scope)
    return {
        "record_id": person_id,
        "kind": kind_of(person_id),
        "fresh_until": max(night, own) or None,
        "update_run": updates.under_way(connection, org_id, scope),
        "single_stands": following.of_person(connection, person_id),
        "full_list": showing.full_list(person_id),
    }
