"""Trino's queries, compiled to DuckDB's."""
