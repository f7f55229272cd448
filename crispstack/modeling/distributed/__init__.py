"""Training on more rows than one machine holds: Spark adds up what encodings need, and fits the models."""
