"""Update now: everything, one message or one person, asked for by one click and followed to Salesforce."""
