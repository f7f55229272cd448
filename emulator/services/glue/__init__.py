"""Glue: jobs, crawlers, workflows and triggers."""
