"""Recommendations of articles."""
