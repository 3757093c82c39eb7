"""A search as a straight pipe: correct, interpret, retrieve, rank, present."""
