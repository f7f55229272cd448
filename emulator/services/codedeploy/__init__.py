"""CodeDeploy for Lambda: configurations, groups, and deployments that shift an alias's traffic."""
