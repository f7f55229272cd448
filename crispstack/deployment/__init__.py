"""Deployment: the champion released and served, and the report that explains it."""
