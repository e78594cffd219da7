"""One request on its way through an operation: who asks, with what, at which instant; knows no operation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sandbox.realmagnet import wire
from sandbox.realmagnet.account import Account
from sandbox.realmagnet.bad_days import BadDays
from sandbox.realmagnet.contract import BadContractError, Body


@dataclass(frozen=True, slots=True)
class Call:
    account: Account
    body: Body
    bad_days: BadDays
    login_id: int
    now: int

    def enum(self, value: IntEnum) -> int | str:
        """JSON carries enums as numbers (assumed for this service), or as names when the switch says so."""
        return value.name if self.bad_days.settings["statuses_as"] == "names" else int(value)

    def window(self, start: str, end: str) -> tuple[int, int]:
        """The half-open range of two date members; blank or absent ends are open (assumed)."""
        try:
            return wire.read_window(self.body.text(start, ""), self.body.text(end, ""))
        except ValueError as error:
            raise BadContractError("A date was not recognised") from error

    def visible(self, low: int, high: int, table: str = "event") -> tuple[str, Sequence[int]]:
        """The condition on `at` and `seq` for what may be shown by now; an incomplete today lacks two of three."""
        condition, values = f"{table}.at >= ? AND {table}.at < ?", [low, min(high, self.now + 1)]
        if self.bad_days.settings["today_incomplete"]:
            condition += f" AND ({table}.at < ? OR {table}.seq % 3 = 0)"
            values.append(self.start_of_today())
        return condition, values

    def start_of_today(self) -> int:
        return wire.start_of_day(wire.eastern_day(self.now))


Operation = Callable[[Call], Any]
