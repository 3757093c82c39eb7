"""The write side of the service: what a document is, how it is stored, embedded and indexed.

This package knows neither HTTP nor queues; `search_api` and `workers` both stand on it.
"""
