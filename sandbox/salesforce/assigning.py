"""What the org refuses when permission sets are assigned; it knows no rights of the one who assigns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.salesforce.saving import Chunk


def refuse_second_assignments(chunk: Chunk, places: list[int]) -> None:
    """A user has a permission set once, and never the one that a profile owns."""
    sets, users = chunk.values.get("PermissionSetId"), chunk.values.get("AssigneeId")
    if sets is None or users is None:
        return
    there = set(chunk.connection.execute("SELECT PermissionSetId, AssigneeId FROM PermissionSetAssignment"))
    owned = {found for (found,) in chunk.connection.execute("SELECT Id FROM PermissionSet WHERE IsOwnedByProfile")}
    for place in places:
        if place in chunk.errors:
            continue
        pair = (sets[place], users[place])
        if pair[0] in owned:
            # assumed: the code, and the words
            message = "You can't create permission set assignments for a permission set that's owned by a profile"
            chunk.refuse(place, "FIELD_INTEGRITY_EXCEPTION", message, "PermissionSetId")
        elif pair in there:
            # assumed, the words of it
            message = f"Duplicate PermissionSetAssignment. Assignee: {pair[1]}; Permission Set: {pair[0]}"
            chunk.refuse(place, "DUPLICATE_VALUE", message)
        there.add(pair)
