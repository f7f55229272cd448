"""AWS Batch: compute environments, queues and job definitions, and jobs that run as processes."""
