"""Athena that computes: Trino SQL on DuckDB, over S3 and the Glue catalog."""
