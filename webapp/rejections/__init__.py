"""Errors: what Salesforce refused, why, who mends it, and what to do with it."""
