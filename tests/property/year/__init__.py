"""A year of misfortunes: the world it plays in, who does what in it, and what must always hold."""
