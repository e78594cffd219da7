"""Every table there is, in one place for migrations and tests: importing this module makes `metadata` whole."""

from connector.store import (
    audiences,
    audit,
    bulk_jobs,
    leases,
    ledger,
    orgs,
    people,
    placements,
    runs,
    sends,
    upload_jobs,
    users,
)
from connector.store.database import metadata

MODULES = (audiences, audit, bulk_jobs, leases, ledger, orgs, people, placements, runs, sends, upload_jobs, users)
"""The modules that define tables."""

ALL = metadata.tables
