"""What we remember: a table family a module, its tables and its queries side by side.

The caller owns the transaction: functions here take a connection and never commit. Reading is `database.read()`,
writing `database.write()`; a run's worker writes through `leases.fenced()`, which proves in the same transaction that
the org is still its own. The org comes first in every key and index. No vendor is called while a transaction is open.
"""
