"""What several stacks are built from."""
