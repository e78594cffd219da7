"""Create Upload Job: five steps that lose nothing that was entered, from a Salesforce source to a saved upload job."""
