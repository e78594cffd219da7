"""When the processes that nobody looks at were last seen alive. It knows nothing of what they do."""

from sqlalchemy import Connection, text

from connector import clock

TICK, WATCH = "tick", "watch"

SILENT = 5 * 60_000
"""Milliseconds without a sign of life after which a process counts as standing still."""


def beat(connection: Connection, name: str) -> None:
    """This process is alive."""
    connection.execute(
        text("INSERT INTO heartbeats (name, at) VALUES (:name, :now) ON CONFLICT (name) DO UPDATE SET at = :now"),
        {"name": name, "now": clock.milliseconds(clock.now())},
    )


def expect(connection: Connection, name: str) -> None:
    """From now on this process should be alive: one that never starts is found silent, too."""
    connection.execute(
        text("INSERT INTO heartbeats (name, at) VALUES (:name, :now) ON CONFLICT (name) DO NOTHING"),
        {"name": name, "now": clock.milliseconds(clock.now())},
    )


def take_turn(connection: Connection, name: str) -> int:
    """When this process was last seen, in milliseconds. Of several that ask at once each waits for the one before it
    to commit: what they do in this transaction they do one after the other."""
    expect(connection, name)
    locked = text("UPDATE heartbeats SET at = at WHERE name = :name RETURNING at")
    return int(connection.execute(locked, {"name": name}).scalar_one())


def silent(connection: Connection) -> dict[str, int]:
    """The processes that stand still, with when each was last seen."""
    before = clock.milliseconds(clock.now()) - SILENT
    found = connection.execute(text("SELECT name, at FROM heartbeats WHERE at < :before"), {"before": before})
    return {str(name): int(at) for name, at in found}
