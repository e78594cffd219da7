"""The figures of the daily failure report: what one org's last 24 hours came to. It changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector import clock
from connector.model.notices import NOTICED

DAY = 86_400_000


@dataclass(frozen=True)
class Figures:
    """`ended`: how many runs of each state; `troubled`: those that failed or had errors; `codes`: rejected rows by
    Salesforce's code; `outcomes`: rows by what became of them; `standing`: what is held or paused now."""

    ended: Sequence[tuple[str, int]]
    troubled: Sequence[RowMapping]
    codes: Sequence[tuple[str, int]]
    outcomes: dict[str, int]
    standing: Sequence[RowMapping]


def of_day(connection: Connection, org_id: int) -> Figures:
    """The org's last 24 hours."""
    values = {"org": org_id, "since": clock.milliseconds(clock.now()) - DAY, "kinds": [str(kind) for kind in NOTICED]}

    def asked(statement: str) -> Sequence[RowMapping]:
        words = text(statement)
        if ":kinds" in statement:
            words = words.bindparams(bindparam("kinds", expanding=True))
        return connection.execute(words, values).mappings().all()

    run = "SELECT id, kind, subject_id, state, reason, advice FROM runs WHERE org_id = :org AND kind IN :kinds"
    ended = asked(
        "SELECT state, count(*) AS n FROM runs WHERE org_id = :org AND ended_at >= :since AND kind IN :kinds "
        "GROUP BY state ORDER BY state"
    )
    codes = asked(
        "SELECT code, count(*) AS n FROM placements WHERE org_id = :org AND state = 'rejected' AND run_id IN "
        "(SELECT id FROM runs WHERE org_id = :org AND ended_at >= :since) GROUP BY code ORDER BY n DESC, code"
    )
    outcomes = asked(
        "SELECT c.outcome, sum(c.count) AS n FROM run_counts c JOIN runs r ON r.id = c.run_id "
        "WHERE r.org_id = :org AND r.ended_at >= :since AND r.kind IN :kinds GROUP BY c.outcome"
    )
    return Figures(
        ended=[(str(row["state"]), int(row["n"])) for row in ended],
        troubled=asked(
            f"{run} AND ended_at >= :since AND state IN ('Failed', 'Completed with errors') ORDER BY id LIMIT 50"
        ),
        codes=[(str(row["code"]), int(row["n"])) for row in codes],
        outcomes={str(row["outcome"]): int(row["n"]) for row in outcomes},
        standing=asked(f"{run} AND state IN ('Held', 'Paused') ORDER BY id LIMIT 50"),
    )
