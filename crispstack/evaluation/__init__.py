"""Evaluation: the test set scored for the first time, and a decision in money."""
