"""Reconciliation: do Real Magnet, this connector and Salesforce agree, message by message, and Fill the gap."""
