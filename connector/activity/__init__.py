"""The night: how an activity travels from Real Magnet to a Contact or Lead.

people → collect → match → decide → write → settle → reconcile. Every step may be repeated without changing anything, is
set-based or streaming, and writes through the org's fenced lease. Facts (the ledger) and placements (Salesforce rows)
are two layers and stay so.
"""
