"""What a run leaves out of Salesforce: refused and kept in it, and what stands open of all runs. Knows no screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping

from connector.model.activity import Outcome
from connector.model.lists import LIST_OF
from connector.model.runs import RunState

_WHOLE = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS})


@dataclass(frozen=True)
class Remains:
    """Rows of this run by what kept them out, and those of every run so far as its books have them.

    `counted` says whether the run came to counting at all: what is 0 before that is not known.
    """

    counted: bool
    rejected: int
    unmatched: int
    held: int
    filtered: int
    all_unmatched: int
    all_filtered: int
    waiting: int

    @property
    def out(self) -> bool:
        """Whether there is anything that does not stand in Salesforce."""
        return bool(self.waiting or self.all_unmatched or self.all_filtered)


def of(run: RowMapping, counts: Mapping[str, Mapping[str, int]], sums: Sequence[RowMapping]) -> Remains:
    """The remains of a run, from its counts and the closing sums of its kinds."""
    rejected, unmatched = _count(counts, Outcome.REJECTED), _count(counts, Outcome.UNMATCHED)
    filtered = _count(counts, Outcome.FILTERED)
    return Remains(
        counted=run["closes"] is not None or run["state"] in _WHOLE,
        rejected=rejected,
        unmatched=unmatched,
        held=_count(counts, Outcome.HELD),
        filtered=filtered,
        all_unmatched=max(unmatched, _sum(sums, "unmatched")),
        all_filtered=max(filtered, _sum(sums, "filtered")),
        # a row may stand there and its change be refused: then the books have no gap, and the counts tell
        waiting=max(rejected, sum(max(0, int(row["placed"]) - int(row["expected"])) for row in _each_time(sums))),
    )


def _each_time(sums: Sequence[RowMapping]) -> list[RowMapping]:
    """The kinds that have a row for each activity. Of one that is summed up there are fewer rows than activities; what
    was refused of its list, the counts tell."""
    lists = {str(row["activity_group"]) for row in sums}
    return [row for row in sums if LIST_OF.get(row["activity_group"]) not in lists]


def _count(counts: Mapping[str, Mapping[str, int]], outcome: str) -> int:
    return sum(by_outcome.get(outcome, 0) for by_outcome in counts.values())


def _sum(sums: Sequence[RowMapping], name: str) -> int:
    return sum(int(row[name]) for row in sums)
