"""Lambda: functions, invocations, events and their destinations, event sources, addresses."""
