"""What can be said of a model beyond its score: from its predictions alone, whatever it is made of."""
