"""The content store: the system of record for documents, work to do, vectors, jobs and keys."""
