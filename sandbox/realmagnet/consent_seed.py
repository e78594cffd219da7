"""Who leaves, joins and is suppressed while the seed tells the account's story; stores it at the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

import orjson

from sandbox.realmagnet.account import DAY, Account, EventRow
from sandbox.realmagnet.kinds import EmailStatus, Kind, SuppressionType

STRIKES = 2  # two "user not found" in a row suppress an address


@dataclass(slots=True)
class Consents:
    left: dict[int, int] = field(default_factory=dict[int, int])
    barred: dict[int, tuple[int, SuppressionType]] = field(default_factory=dict[int, tuple[int, SuppressionType]])
    joined: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    not_found: dict[int, list[int]] = field(default_factory=dict[int, list[int]])

    def reachable(self, chosen: Iterable[int], at: int) -> list[int]:
        """Those a sending to a group at this instant still goes to."""
        never = at + 1
        return [
            number
            for number in chosen
            if self.left.get(number, never) > at and self.barred.get(number, (never,))[0] > at
        ]

    def learn(self, rows: Iterable[EventRow]) -> None:
        """Leaving in a message is leaving for good, and a second unknown user is an automatic suppression."""
        for _message, kind, at, _seq, number, status, *_rest in rows:
            if kind == Kind.UNSUBSCRIBED:
                self.left[number] = min(at, self.left.get(number, at))
            elif kind == Kind.EMAIL_BOUNCED and status == EmailStatus.UNF:
                strikes = self.not_found.setdefault(number, [])
                strikes.append(at)
                if len(strikes) == STRIKES:
                    self.barred.setdefault(number, (max(strikes), SuppressionType.Automatic))

    def suppress_some(self, dice: Random, everybody: Sequence[int], start: int) -> None:
        for number in dice.sample(everybody, 45):
            kind = SuppressionType.Manual if dice.random() < 0.6 else SuppressionType.SpamComplaint
            self.barred[number] = (start + int(dice.uniform(-20, 10) * DAY), kind)

    def subscribe_some(self, dice: Random, everybody: Sequence[int], about: tuple[Sequence[int], int]) -> None:
        groups, start = about
        for number in dice.sample(everybody, 70):
            at = start + int(dice.uniform(-20, 15) * DAY)
            self.joined.append((at, number, orjson.dumps(sorted(dice.sample(groups, 2))).decode()))
        self.joined.sort()

    def store(self, account: Account) -> None:
        barred = sorted((at, number, int(kind)) for number, (at, kind) in self.barred.items())
        with account.transaction() as connection:
            connection.executemany("INSERT INTO suppression (at, recipient_id, type) VALUES (?, ?, ?)", barred)
            connection.executemany(
                "INSERT INTO subscription (at, recipient_id, group_ids) VALUES (?, ?, ?)", self.joined
            )
            connection.executemany(
                "UPDATE recipient SET suppressed_at = ? WHERE id = ?", [(at, number) for at, number, _kind in barred]
            )
            connection.executemany(
                "UPDATE recipient SET unsubscribed_at = ? WHERE id = ?",
                [(at, number) for number, at in self.left.items()],
            )
