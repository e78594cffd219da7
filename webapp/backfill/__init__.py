"""Back-fill: a range of days from long ago brought to Salesforce, after a person has seen what it costs."""
