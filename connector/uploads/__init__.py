"""Upload jobs at work: a Salesforce audience on its way into a Real Magnet group. It knows no screen and no queue."""
