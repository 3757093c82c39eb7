"""The vectors of questions that were asked lately, in the memory of one process: what many ask is encoded once."""

import hashlib
import threading
from collections import OrderedDict

from indexing.embedders.base import Embedder, Vector


class QueryVectors:
    """Vectors by recipe and digest of the question, the least lately used forgotten first; no text is kept.

    Thread-safe. `most` vectors take 4 bytes for each dimension; with 0 none is kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, bytes], Vector] = OrderedDict()

    def of(self, embedder: Embedder, text: str) -> Vector:
        """The vector of a question; not to be written to. Raises EmbedderUnavailable."""
        key = embedder.recipe.id, hashlib.blake2b(text.encode(), digest_size=16).digest()
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return known
        vector = embedder.embed_query(text)
        vector.flags.writeable = False
        with self._lock:
            self._known[key] = vector
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return vector
