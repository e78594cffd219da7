"""Every table there is, in one place for migrations and tests: importing this module makes `metadata` whole."""

from connector.store import (
    api_keys,
    audiences,
    audit,
    bulk_jobs,
    deployments,
    examinations,
    handovers,
    leases,
    ledger,
    orgs,
    people,
    placements,
    rights,
    runs,
    sends,
    setups,
    tickets,
    upload_chunks,
    upload_jobs,
    upload_terms,
    users,
)
from connector.store.database import metadata

MODULES = (
    api_keys,
    audiences,
    audit,
    bulk_jobs,
    deployments,
    examinations,
    handovers,
    leases,
    ledger,
    orgs,
    people,
    placements,
    rights,
    runs,
    sends,
    setups,
    tickets,
    upload_chunks,
    upload_jobs,
    upload_terms,
    users,
)
"""The modules that define tables."""

ALL = metadata.tables
