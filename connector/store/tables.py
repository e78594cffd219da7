"""Every table there is, in one place for migrations and tests: importing this module makes `metadata` whole."""

from connector.store import audit, bulk_jobs, leases, ledger, orgs, people, placements, runs, users
from connector.store.database import metadata

MODULES = (audit, bulk_jobs, leases, ledger, orgs, people, placements, runs, users)
"""The modules that define tables."""

ALL = metadata.tables
