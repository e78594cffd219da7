"""Single activities that an org does not want in Salesforce, of kinds that it does want."""

from collections.abc import Collection, Mapping

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, text

from connector.store.database import metadata

codes_off = Table(
    "codes_off",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("activity_group", String(40), primary_key=True),
    Column("activity", String(80), primary_key=True),
)
"""An activity without a row here is on, so that one which nobody has heard of comes, too."""


def of_org(connection: Connection, org_id: int) -> dict[str, frozenset[str]]:
    """Activity group → its activities that are off; groups without any are left out."""
    statement = text("SELECT activity_group, activity FROM codes_off WHERE org_id = :org")
    found: dict[str, set[str]] = {}
    for group, activity in connection.execute(statement, {"org": org_id}):
        found.setdefault(str(group), set()).add(str(activity))
    return {group: frozenset(activities) for group, activities in found.items()}


def choose(connection: Connection, org_id: int, off: Mapping[str, Collection[str]]) -> None:
    """Have just these off."""
    connection.execute(text("DELETE FROM codes_off WHERE org_id = :org"), {"org": org_id})
    rows = [
        {"org_id": org_id, "activity_group": str(g), "activity": a} for g, some in off.items() for a in sorted(some)
    ]
    if rows:
        connection.execute(codes_off.insert(), rows)
