"""Firehose: streams, their buffers, conversions and delivery to S3."""
