"""Celery workers: thin, idempotent tasks over `indexing`."""
