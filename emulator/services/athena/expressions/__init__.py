"""Trino's expressions, compiled to DuckDB's."""
