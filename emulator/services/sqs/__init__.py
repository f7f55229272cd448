"""SQS: messages and queues as AWS has them."""
