"""Readers of the wizard's steps: what was entered becomes part of a definition, or problems in words beside fields."""
