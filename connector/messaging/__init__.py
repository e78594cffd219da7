"""Messages to one person: checked, sent, followed."""
