"""Whether groups can be sent to as they are: nobody is filling one, and none was left half filled."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector.store import group_states
from connector.store.group_states import GroupState


@dataclass(frozen=True)
class Standing:
    """Of some groups those that are being filled, and those whose last upload broke off in the middle."""

    filling: frozenset[int]
    partly: frozenset[int]


def standing(connection: Connection, org_id: int, group_ids: Sequence[int]) -> Standing:
    """How these groups stand. A run that waits for its worker fills; a held one has not touched its group."""
    known = group_states.states(connection, org_id)
    found = {group_id: known.get(group_id, GroupState()) for group_id in group_ids}
    return Standing(
        frozenset(group_id for group_id, state in found.items() if state.refreshing is not None),
        frozenset(group_id for group_id, state in found.items() if state.partly_filled is not None),
    )


def owner_of(send_id: int) -> str:
    """In whose name a send holds its groups while it goes out."""
    return f"send {send_id}"


def let_go(connection: Connection, org_id: int, send_id: int) -> None:
    """Free the groups that an attempt at this send held when it died. Call it fenced: so nobody else is at it."""
    statement = text("UPDATE leases SET expires_at = 0 WHERE org_id = :org AND owner = :owner")
    connection.execute(statement, {"org": org_id, "owner": owner_of(send_id)})
