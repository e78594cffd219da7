"""Budgets: how much of Salesforce's calls and storage we may use and do use, and how long rows stay there."""
