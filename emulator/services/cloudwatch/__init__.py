"""Amazon CloudWatch: metrics, alarms and dashboards."""
