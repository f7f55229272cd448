"""Where answers to requests that waited in the queue are kept; apart from what answers, for it needs nothing else."""

from __future__ import annotations


def results_prefix(project: str) -> str:
    """Where answers lie in the query results' bucket, which forgets them after a week."""
    return f"predictions/{project}/"
