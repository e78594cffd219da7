"""Whether groups can be sent to as they are: nobody is filling one, and none was left half filled."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from connector.model.runs import upload_of


@dataclass(frozen=True)
class Standing:
    """Of some groups those that are being filled, and those whose last upload broke off in the middle."""

    filling: frozenset[int]
    partly: frozenset[int]


def standing(connection: Connection, org_id: int, group_ids: Sequence[int]) -> Standing:
    """How these groups stand. A run that waits for its worker fills; a held one has not touched its group."""
    leases = {upload_of(0, group_id).lease: group_id for group_id in group_ids}
    values = {"org": org_id, "leases": list(leases)}
    filling = connection.execute(_FILLING, values).scalars()
    partly = connection.execute(_PARTLY, values).scalars()
    return Standing(frozenset(leases[name] for name in filling), frozenset(leases[name] for name in partly))


_FILLING = text(
    "SELECT DISTINCT lease FROM runs WHERE org_id = :org AND kind = 'upload' AND lease IN :leases "
    "AND state IN ('Queued', 'Running', 'Paused')"
).bindparams(bindparam("leases", expanding=True))

_PARTLY = text("""
    SELECT DISTINCT r.lease FROM runs r WHERE r.org_id = :org AND r.kind = 'upload' AND r.lease IN :leases
    AND r.state IN ('Failed', 'Cancelled')
    AND EXISTS (SELECT 1 FROM upload_chunks c WHERE c.run_id = r.id AND c.asked_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM runs l WHERE l.org_id = r.org_id AND l.kind = 'upload' AND l.lease = r.lease
        AND l.id > r.id AND l.state IN ('Completed', 'Completed with errors'))
""").bindparams(bindparam("leases", expanding=True))
