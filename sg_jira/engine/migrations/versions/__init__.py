"""The steps, oldest first; each is run once per store."""
