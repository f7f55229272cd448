"""AWS on a laptop: moto is the API shell, real engines execute behind it."""
