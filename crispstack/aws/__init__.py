"""The only place with AWS SDKs."""
