"""Where an org's notices go. A webhook's secret passes through here as the vault sealed it."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, text

from connector import clock
from connector.model.notices import Road, Wants
from connector.store.database import new_id
from connector.store.notices import notice_addresses

MOST = 20
"""So many addresses an org has at most."""


@dataclass(frozen=True)
class Address:
    """One address. `answer` is what happened when it was last tried, at `tried_at` (milliseconds)."""

    id: int
    org_id: int
    road: Road
    address: str = field(repr=False)
    wants: Wants
    secret: str = field(repr=False)
    tried_at: int | None
    answer: str = ""


def of_org(connection: Connection, org_id: int) -> list[Address]:
    """The org's addresses, oldest first."""
    statement = text("SELECT * FROM notice_addresses WHERE org_id = :org ORDER BY id")
    return [_address(row) for row in connection.execute(statement, {"org": org_id}).mappings()]


def get(connection: Connection, org_id: int, address_id: int) -> Address | None:
    """One address of this org."""
    statement = text("SELECT * FROM notice_addresses WHERE id = :id AND org_id = :org")
    row = connection.execute(statement, {"id": address_id, "org": org_id}).mappings().first()
    return None if row is None else _address(row)


def listening(connection: Connection) -> dict[int, list[tuple[int, str]]]:
    """Org → its addresses that want anything: (id, what they want)."""
    found: dict[int, list[tuple[int, str]]] = {}
    statement = text("SELECT org_id, id, wants FROM notice_addresses WHERE wants <> 'never' ORDER BY id")
    for org_id, address_id, wants in connection.execute(statement):
        found.setdefault(int(org_id), []).append((int(address_id), str(wants)))
    return found


@dataclass(frozen=True)
class Entered:
    """A new address as a person entered it."""

    road: Road
    address: str = field(repr=False)
    wants: Wants
    secret: str = field(default="", repr=False)


def add(connection: Connection, org_id: int, user_id: int, entered: Entered) -> int:
    """Keep a new address; answers its id."""
    values = {**vars(entered), "org_id": org_id, "created_by": user_id}
    now = clock.milliseconds(clock.now())
    return new_id(connection.execute(notice_addresses.insert().values(**values, created_at=now)))


def change(connection: Connection, address_id: int, **values: str) -> None:
    """Give an address other `wants`, or another sealed `secret`."""
    connection.execute(notice_addresses.update().where(notice_addresses.c.id == address_id).values(**values))


def remove(connection: Connection, address_id: int) -> None:
    """Forget an address, with what still waited to be told to it."""
    values = {"id": address_id}
    connection.execute(text("DELETE FROM notice_deliveries WHERE address_id = :id"), values)
    connection.execute(text("DELETE FROM notice_addresses WHERE id = :id"), values)


def note_answer(connection: Connection, address_id: int, answer: str) -> None:
    """What happened when it was tried just now."""
    statement = text("UPDATE notice_addresses SET tried_at = :now, answer = :answer WHERE id = :id")
    connection.execute(statement, {"id": address_id, "now": clock.milliseconds(clock.now()), "answer": answer})


def _address(row: RowMapping) -> Address:
    return Address(
        id=int(row["id"]),
        org_id=int(row["org_id"]),
        road=Road(row["road"]),
        address=str(row["address"]),
        wants=Wants(row["wants"]),
        secret=str(row["secret"]),
        tried_at=row["tried_at"],
        answer=str(row["answer"]),
    )
