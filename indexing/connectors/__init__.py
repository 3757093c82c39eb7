"""Sources of documents beside writes over HTTP: websites, feeds, folders and files that are looked at again and again.

A connector reads; `indexing.ingest` is the only door by which what it read gets into the content store.
"""
