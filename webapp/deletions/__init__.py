"""Delete from Salesforce: what was deleted by whom, what a deletion would take out, its receipt and its restore."""
