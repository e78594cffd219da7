"""What an upload's run came to so far: its waterfall, who moved, what Real Magnet took, how far its chunks are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from connector.model.audience import Step, waterfall
from connector.store import audience_counts, group_states, upload_runs
from connector.store.audience_counts import Uploaded
from connector.store.audiences import Moved


@dataclass(frozen=True)
class Result:
    """Numbers of a run. `read` is false until the whole audience was read; `begun` counts the chunks that Real Magnet
    may have: with one the group is not as it was. `broke_off`: the group still holds only a part because of this run.
    """

    steps: Sequence[tuple[Step, int]]
    lost: Mapping[str, int]
    mailable: int
    read: bool
    moved: Moved | None
    uploaded: Uploaded | None
    chunks: int
    begun: int
    done: int
    broke_off: bool


def of(connection: Connection, run: RowMapping) -> Result:
    """The numbers of a run as its books have them now."""
    run_id = int(run["id"])
    counts, chunks = audience_counts.audience(connection, run_id), upload_runs.chunk_numbers(connection, run_id)
    return Result(
        steps=waterfall(counts.rows, counts.lost),
        lost=counts.lost,
        mailable=counts.mailable,
        read=audience_counts.kept(connection, run_id),
        moved=audience_counts.change(connection, run_id),
        uploaded=audience_counts.uploaded(connection, run_id),
        chunks=int(chunks["chunks"]),
        begun=int(chunks["begun"]),
        done=int(chunks["done"]),
        broke_off=any(
            state.partly_filled == run_id for state in group_states.states(connection, run["org_id"]).values()
        ),
    )
