"""Whether groups can be sent to as they are: nobody is filling one, and none was left half filled."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

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
