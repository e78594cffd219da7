"""Manage Data: which kinds of activity come back to Salesforce, and when."""
