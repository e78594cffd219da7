"""How the numbers of the Activity Report stand: the zone of its days, how new they are, what is still added up."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

_KINDS = "('activity', 'update', 'back-fill', 'write')"


@dataclass(frozen=True)
class Standing:
    """`stamp` is another one whenever activity has been read since; `waiting` is how many messages are not added up."""

    zone: str
    stamp: tuple[int, int]
    waiting: int


def standing(connection: Connection, org_id: int) -> Standing:
    """As it is now."""
    values = {"org": org_id}
    zone = connection.execute(text("SELECT figures_zone, zone FROM nights WHERE org_id = :org"), values).first()
    ended = connection.execute(
        text(f"SELECT count(*), max(ended_at) FROM runs WHERE org_id = :org AND kind IN {_KINDS}"),  # noqa: S608  # ours
        values,
    ).one()
    waiting = connection.execute(text("SELECT count(*) FROM messages WHERE org_id = :org AND stale"), values).scalar()
    name = str(zone[0] or zone[1]) if zone else ""
    return Standing(name, (int(ended[0]), int(ended[1] or 0)), int(waiting or 0))
