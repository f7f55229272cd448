"""EventBridge Scheduler: schedules on the clock, and their targets."""
