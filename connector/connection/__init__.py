"""Connecting an org: what is installed there, whether it suffices, and the ways in. Tried before it is saved."""
