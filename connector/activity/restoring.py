"""Restore: what a deletion kept out is put back among what is to be written, unless another deletion buries it too."""

from connector.activity.deleting import in_chunks, put_aside
from connector.activity.night import Night
from connector.model.runs import Phase
from connector.store import deletion_scopes, deletion_tombstones, deletions, prior_rows
from connector.store.deletions import Deletion


def bring_back(night: Night) -> None:
    """Put back the rows and facts of every deletion that was restored; a crash leaves the rest for the next run."""
    with night.database.read() as connection:
        waiting = deletions.waiting_to_return(connection, night.org_id)
        standing = deletions.standing(connection, night.org_id)
    for deletion in waiting:
        night.report(Phase.MATCH)
        for other in standing:
            _hand_over(night, deletion, other)
        _bring_back_rows(night, deletion)
        keys = deletion_scopes.to_bring_back(night.database, night.org_id, deletion.scope)
        in_chunks(night, put_aside(keys), lambda c, rows: deletion_tombstones.unearth(c, night.org_id, rows))
        with night.write() as connection:
            prior_rows.redo(connection, night.org_id, deletion.id, night.run_id)
            deletions.brought_back(connection, deletion.id)
        night.reached("brought back")


def _hand_over(night: Night, deletion: Deletion, other: Deletion) -> None:
    """Rows that a deletion still standing covers as well: from now on it keeps them out."""
    rows = deletion_scopes.buried_too(night.database, night.org_id, other.scope, deletion.id)
    in_chunks(night, put_aside(rows), lambda c, some: deletion_tombstones.hand_over(c, other.id, some))


def _bring_back_rows(night: Night, deletion: Deletion) -> None:
    while True:
        with night.write() as connection:
            if not deletion_tombstones.bring_back(connection, night.org_id, deletion.id, night.run_id):
                return
