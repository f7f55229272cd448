"""CloudWatch Logs: events, filter patterns, metric filters, subscriptions."""
