"""Refresh before send: messages that go out once the upload jobs have refreshed their groups."""
