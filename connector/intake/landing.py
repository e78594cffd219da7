"""Lands a body of activities in the store, before whoever sent it is answered; sending it twice changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy import text

from connector.intake import rows
from connector.model.intake import Arrived, RefusedRow, Result
from connector.store import arrivals, intake
from connector.store.database import Database
from connector.store.intake import Batch


@dataclass(frozen=True)
class Answer:
    """What became of a row."""

    line: int = field(repr=False)
    event_id: str
    result: Result
    reason: str = ""


@dataclass(frozen=True)
class Landed:
    """A batch with an answer for each of its rows, in their order."""

    number: int
    answers: list[Answer] = field(repr=False)

    def count(self, result: Result) -> int:
        """How many rows came to this."""
        return sum(1 for answer in self.answers if answer.result is result)


def land(database: Database, org_id: int, body: bytes, kind: str, batch: Batch) -> Landed:
    """Read a body and keep what it says. Raises `Refused` for one that cannot be read at all: nothing is kept then."""
    return keep(database, org_id, list(rows.read(body, kind)), batch)


def keep(database: Database, org_id: int, found: Iterable[Arrived | RefusedRow], batch: Batch) -> Landed:
    """Keep rows that were read already, whatever the road."""
    statement = text("SELECT account FROM realmagnet_connections WHERE org_id = :org")
    with database.read() as connection:
        account = str(connection.execute(statement, {"org": org_id}).scalar() or "")
    judged = [one if account else _of_nobody_yet(one) for one in found]
    good = [one for one in judged if isinstance(one, Arrived)]
    bad = [one for one in judged if isinstance(one, RefusedRow)]
    answers = [Answer(one.line, one.event_id, Result.REFUSED, one.reason) for one in bad]
    with database.write() as connection:
        first: dict[str, Arrived] = {}
        again = [one for one in good if first.setdefault(arrivals.key_of(account, one), one) is not one]
        same = arrivals.keep(connection, org_id, account, list(first.values()))
        answers += [
            Answer(one.line, one.event_id, Result.DUPLICATE if key in same else Result.ACCEPTED)
            for key, one in first.items()
        ]
        answers += [Answer(one.line, one.event_id, Result.DUPLICATE) for one in again]
        answers.sort(key=lambda answer: answer.line)
        landed = Landed(0, answers)
        counted = replace(
            batch, accepted=landed.count(Result.ACCEPTED), duplicate=landed.count(Result.DUPLICATE), refused=bad
        )
        return replace(landed, number=intake.keep_batch(connection, org_id, counted))


def _of_nobody_yet(one: Arrived | RefusedRow) -> Arrived | RefusedRow:
    """Before Real Magnet's account is known, what belongs beside its own messages has no place."""
    if isinstance(one, RefusedRow) or not one.is_of_real_magnet:
        return one
    return RefusedRow(one.line, one.event_id, "Real Magnet has not been read yet: send this after the first night.")
