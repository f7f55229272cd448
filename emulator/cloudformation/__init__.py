"""CloudFormation as AWS behaves: order, change sets, outputs, rollback; types are declared in `resources`."""
