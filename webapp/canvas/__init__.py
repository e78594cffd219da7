"""The door: Salesforce Canvas launches us here. What a signed request is, whether we believe it, and the first page."""
