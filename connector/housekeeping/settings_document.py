"""The settings of an org as one document, read from the store: everything a person chose, and no secret."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from connector.model.activity import COLLECTED, Mode
from connector.model.uploads import JobState
from connector.store import codes_off, rights, upload_jobs

Document = dict[str, Any]

FORMAT = "real-magnet-settings"
VERSION = 1

BUDGETS: Mapping[str, int | None] = {
    "calls_percent": 80,
    "calls_most": None,
    "consent_calls": 200,
    "storage_percent": 95,
    "storage_most_mb": None,
}
"""What holds for an org that chose no ceilings."""
NOTICES: Mapping[str, bool | str | int] = {"report": False, "report_time": "08:00", "fresh_hours": 26}
"""What holds for an org that chose nothing about its notices."""


def read(connection: Connection, org_id: int) -> Document:
    """The document of an org as it is now; equal settings make equal documents."""
    organization = connection.execute(text("SELECT salesforce_id FROM orgs WHERE id = :org"), {"org": org_id})
    return {
        "format": FORMAT,
        "version": VERSION,
        "organization": str(organization.scalar_one()),
        "kinds": _kinds(connection, org_id),
        "night": _night(connection, org_id),
        "budgets": _row(connection, "budgets", BUDGETS, org_id),
        "notices": {
            **_notices(connection, org_id),
            "addresses": _addresses(connection, org_id),
        },
        "rights": {"defaults": _defaults(connection, org_id), "users": _users(connection, org_id)},
        "upload_jobs": _jobs(connection, org_id),
    }


def canonical(document: Mapping[str, Any]) -> str:
    """The document as text: equal documents are equal texts."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def digest(*documents: Mapping[str, Any]) -> str:
    """What names these documents, in this order, and no others."""
    return hashlib.sha256("\x1f".join(map(canonical, documents)).encode()).hexdigest()


def _kinds(connection: Connection, org_id: int) -> Document:
    statement = text("SELECT activity_group, selected, mode, keep_days FROM kind_choices WHERE org_id = :org")
    chosen = {
        str(group): {"selected": bool(selected), "mode": str(mode), "keep_days": keep_days}
        for group, selected, mode, keep_days in connection.execute(statement, {"org": org_id})
    }
    never: Document = {"selected": False, "mode": str(Mode.HISTORY), "keep_days": None}
    off = codes_off.of_org(connection, org_id)
    return {str(group): {**chosen.get(group, never), "off": sorted(off.get(group, ()))} for group in COLLECTED}


def _night(connection: Connection, org_id: int) -> Document:
    statement = text("SELECT enabled, local_time, zone, same_address FROM nights WHERE org_id = :org")
    row = connection.execute(statement, {"org": org_id}).mappings().one()
    return {**row, "enabled": bool(row["enabled"])}


def _row(connection: Connection, table: str, usual: Mapping[str, Any], org_id: int) -> Document:
    statement = text(f"SELECT {', '.join(usual)} FROM {table} WHERE org_id = :org")  # noqa: S608  # our own words
    row = connection.execute(statement, {"org": org_id}).mappings().first()
    return dict(usual if row is None else row)


def _notices(connection: Connection, org_id: int) -> Document:
    row = _row(connection, "notice_settings", NOTICES, org_id)
    return {**row, "report": bool(row["report"])}


def _addresses(connection: Connection, org_id: int) -> list[Document]:
    statement = text("SELECT road, address, wants FROM notice_addresses WHERE org_id = :org")
    found = [dict(row) for row in connection.execute(statement, {"org": org_id}).mappings()]
    return sorted(found, key=lambda one: (one["road"], one["address"]))


def _defaults(connection: Connection, org_id: int) -> list[Document]:
    found: dict[tuple[str, str], Document] = {}
    for default in rights.defaults(connection, org_id):
        levels = found.setdefault((str(default.holder), default.name), {})
        levels[str(default.area)] = str(default.level)
    return [{"holder": holder, "name": name, "levels": levels} for (holder, name), levels in sorted(found.items())]


def _users(connection: Connection, org_id: int) -> list[Document]:
    statement = text("""
        SELECT u.salesforce_id, r.area, r.level FROM users u JOIN user_rights r ON r.user_id = u.id
        WHERE u.org_id = :org
    """)
    found: dict[str, Document] = {}
    for user, area, level in connection.execute(statement, {"org": org_id}):
        found.setdefault(str(user), {})[str(area)] = str(level)
    return [{"user": user, "levels": levels} for user, levels in sorted(found.items())]


def _jobs(connection: Connection, org_id: int) -> list[Document]:
    jobs = upload_jobs.of_org(connection, org_id, (JobState.ACTIVE, JobState.PAUSED))
    return [
        {
            "id": job.id,
            "name": job.name,
            "active": job.state is JobState.ACTIVE,
            "definition": json.loads(job.definition.to_json()),
        }
        for job in sorted(jobs, key=lambda job: job.id)
        if job.definition is not None
    ]
