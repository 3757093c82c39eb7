"""The embedded engine: Tantivy for words, exact vector search, one directory, one writer, many readers.

A generation is a journal of documents and removals, and two Tantivy indexes that are projections of it:
whole documents and passages. The journal is flushed first and each projection remembers how much of it
it holds, so after a crash at any point the next writer replays the rest, and a reader uses only what
all three agree on.
"""
