"""The panel on a Campaign's page in Salesforce: pick or make the group, see who will be uploaded, go."""
