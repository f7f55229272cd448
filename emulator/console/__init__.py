"""The console: pages on which to review in a browser what the emulator holds, as one does in AWS."""
