"""Meilisearch as the search engine: one index a generation, both legs in one request."""
