"""What visitors look for, counted so that nobody can be told from it."""
