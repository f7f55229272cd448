"""One module per service made real."""
