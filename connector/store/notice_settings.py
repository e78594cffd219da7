"""What an org chose about its notices: the daily report and how fresh its activity must be. It knows no process."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector import clock
from connector.model import schedule

FRESH_HOURS = 26
EVERY_HOUR = 3600_000
"""Milliseconds between two looks at an org's connections."""


@dataclass(frozen=True)
class Chosen:
    """`report_time` is local HH:MM in the zone of the night."""

    report: bool = False
    report_time: str = "08:00"
    fresh_hours: int = FRESH_HOURS


def of_org(connection: Connection, org_id: int) -> Chosen:
    """What the org chose, or what counts until it chooses."""
    statement = text("SELECT report, report_time, fresh_hours FROM notice_settings WHERE org_id = :org")
    row = connection.execute(statement, {"org": org_id}).first()
    return Chosen() if row is None else Chosen(bool(row[0]), str(row[1]), int(row[2]))


def choose(connection: Connection, org_id: int, chosen: Chosen) -> None:
    """Keep what an org chose. Raises `Misconfigured` for a time that is none."""
    due = next_report(connection, org_id, chosen.report_time) if chosen.report else None
    connection.execute(
        text("""
            INSERT INTO notice_settings (org_id, report, report_time, next_report_at, fresh_hours)
            VALUES (:org, :report, :at, :due, :hours)
            ON CONFLICT (org_id) DO UPDATE
            SET report = :report, report_time = :at, next_report_at = :due, fresh_hours = :hours
        """),
        {"org": org_id, "report": chosen.report, "at": chosen.report_time, "due": due, "hours": chosen.fresh_hours},
    )


def next_report(connection: Connection, org_id: int, local_time: str) -> int:
    """When the next report is due, in milliseconds."""
    zone = connection.execute(text("SELECT zone FROM nights WHERE org_id = :org"), {"org": org_id}).scalar()
    return clock.milliseconds(schedule.next_run(local_time, str(zone or "UTC"), clock.now()))


def take_due_reports(connection: Connection) -> list[int]:
    """The orgs whose report is due; each gets the time of its next one."""
    now = clock.milliseconds(clock.now())
    due = text(
        "SELECT org_id, report_time FROM notice_settings WHERE report AND next_report_at <= :now ORDER BY org_id"
    )
    found = [(int(org_id), str(at)) for org_id, at in connection.execute(due, {"now": now})]
    for org_id, at in found:
        statement = text("UPDATE notice_settings SET next_report_at = :next WHERE org_id = :org")
        connection.execute(statement, {"org": org_id, "next": next_report(connection, org_id, at)})
    return [org_id for org_id, _ in found]


def take_due_canaries(connection: Connection, most: int) -> Sequence[tuple[int, bool, bool]]:
    """Orgs whose connections nobody has looked at for an hour, taken so that nobody else does: the org, whether its
    Salesforce, and whether its Real Magnet is to be tried.

    A login by password that was refused is not tried again: it would lock the user out, and a person must mend it.
    """
    now = clock.milliseconds(clock.now())
    values = {"now": now, "before": now - EVERY_HOUR, "most": most}
    found = connection.execute(
        text("""
            SELECT o.id, COALESCE(s.refused = '' OR s.kind <> 'password', :no), COALESCE(r.refused = '', :no)
            FROM orgs o LEFT JOIN notice_settings n ON n.org_id = o.id
            LEFT JOIN salesforce_connections s ON s.org_id = o.id
            LEFT JOIN realmagnet_connections r ON r.org_id = o.id
            WHERE COALESCE(n.canary_at, 0) < :before AND (s.org_id IS NOT NULL OR r.org_id IS NOT NULL)
            ORDER BY COALESCE(n.canary_at, 0), o.id LIMIT :most
        """),
        {**values, "no": False},
    ).all()
    taking = text("""
        INSERT INTO notice_settings (org_id, canary_at) VALUES (:org, :now)
        ON CONFLICT (org_id) DO UPDATE SET canary_at = :now WHERE COALESCE(notice_settings.canary_at, 0) < :before
    """)
    return [
        (int(org_id), bool(salesforce), bool(realmagnet))
        for org_id, salesforce, realmagnet in found
        if connection.execute(taking, {**values, "org": org_id}).rowcount
    ]
