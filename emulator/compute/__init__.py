"""Execution: sandboxes, interpreters, processes."""
