"""Bulk API 2.0, ingest and query: jobs in the org's database, files beside it, one background thread that works.

Views never process rows, the runner never answers requests; both meet in the job table. What a batch did to the org and
how far its job is are committed together, so a killed sandbox goes on where it stopped and does nothing twice.
"""
