"""Iceberg tables: metadata and data in S3 as the format says, the current metadata's place in the Glue catalog.

The format's library takes a second to import, so that the modules here are imported when a statement needs one.
"""
