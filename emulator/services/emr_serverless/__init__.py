"""EMR Serverless: applications and their Spark job runs."""
