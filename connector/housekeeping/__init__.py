"""Housekeeping: settings as a document, the run log, and figures for whoever watches from outside."""
