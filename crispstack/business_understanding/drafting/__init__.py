"""A charter drafted from data: what was found in it, what only a person can answer, and the file that says both."""
