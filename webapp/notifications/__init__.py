"""Notifications: where notices go, what they are about, and what came of telling them."""
