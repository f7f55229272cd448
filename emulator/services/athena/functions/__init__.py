"""Trino's functions, table-driven: each line is a signature and the DuckDB expression that computes it."""
