"""How each group stands that upload jobs fill: being refreshed, only partly filled, or fresh since when."""

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, text

from connector.model.runs import RunState, upload_of

_PREFIX = upload_of(0, 0).lease.removesuffix("0")


@dataclass(frozen=True)
class GroupState:
    """One group. `refreshing` is the unfinished run that fills it; `partly_filled` one that broke off with some of its
    people in the group, which no later run has mended; `fresh_since` when the last one went through, in milliseconds.

    A held run has not touched its group: it refreshes nothing. One that was begun anew has, and left it partly filled.
    """

    refreshing: int | None = None
    partly_filled: int | None = None
    fresh_since: int | None = None

    @property
    def usable(self) -> bool:
        """Whether a message may go to it as it is."""
        return self.refreshing is None and self.partly_filled is None


def states(connection: Connection, org_id: int) -> dict[int, GroupState]:
    """Group → how it stands, of every group that an upload ever touched or is about to touch."""
    found: dict[int, GroupState] = {}
    for row in connection.execute(_LATEST, {"org": org_id, "prefix": f"{_PREFIX}%"}).mappings():
        group_id = int(str(row["lease"]).removeprefix(_PREFIX))
        found[group_id] = _after(found.get(group_id, GroupState()), row)
    return found


_LATEST = text("""
    SELECT r.id, r.lease, r.subject_id, r.state, r.ended_at, (
        SELECT count(*) FROM upload_chunks c WHERE c.run_id = r.id AND c.number = 1 AND c.replaces) AS replaced, (
        SELECT max(l.id) FROM runs l WHERE l.org_id = r.org_id AND l.kind = 'upload' AND l.subject_id = r.subject_id
            AND l.lease = r.lease AND l.state IN ('Completed', 'Completed with errors')
            AND l.trigger <> 'Retry rejected') AS mended
    FROM runs r WHERE r.org_id = :org AND r.kind = 'upload' AND r.lease LIKE :prefix AND (
        r.state IN ('Queued', 'Running', 'Paused')
        OR r.trigger <> 'Retry rejected' AND r.state IN ('Completed', 'Completed with errors')
        OR r.trigger <> 'Retry rejected' AND r.state IN ('Failed', 'Cancelled') AND EXISTS (
            SELECT 1 FROM upload_chunks c WHERE c.run_id = r.id AND c.state IN ('asked', 'taken', 'done', 'lost'))
        OR r.trigger <> 'Retry rejected' AND r.state IN ('Failed', 'Cancelled', 'Held') AND EXISTS (
            SELECT 1 FROM upload_terms t WHERE t.run_id = r.id AND t.touched))
    ORDER BY r.id
""")
"""The runs that mean something for their groups, oldest first. `mended`: the last run of the same job into the same
group that went through."""


def _after(state: GroupState, row: RowMapping) -> GroupState:
    """How a group stands after one more run, in their order."""
    if row["state"] in {RunState.QUEUED, RunState.RUNNING, RunState.PAUSED}:
        return GroupState(int(row["id"]), state.partly_filled, state.fresh_since)
    if row["state"] in {RunState.FAILED, RunState.CANCELLED, RunState.HELD}:
        if (row["mended"] or 0) > row["id"]:
            return state
        return GroupState(state.refreshing, int(row["id"]), state.fresh_since)
    partly = None if row["replaced"] else state.partly_filled
    return GroupState(state.refreshing, partly, int(row["ended_at"]))
