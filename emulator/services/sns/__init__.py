"""SNS: delivery to subscribers."""
