"""EventBridge: buses, rules, patterns and the delivery of events to their targets."""
