"""Writes the vectors that encoders are held to at their start, as sentence-transformers gives them.

python -m tests.known_vectors
"""

import msgspec

from indexing.embedders.known import KNOWN_FILE, KnownVectors
from indexing.embedders.sentence_transformer import SentenceTransformerEmbedder

TEXTS = (
    "what does a ketamine infusion cost",
    "¿Puedo conducir después del tratamiento?",
    "spravato insurance denied",
    "Esketamine is given as a nasal spray under supervision, twice a week for four weeks, then less often. " * 2,
    "bladder",
    "It does not work for me & I'm scared: 0.5 mg/kg over 40 min?",
)


def main() -> None:
    """The command."""
    reference = SentenceTransformerEmbedder("")
    known = KnownVectors(reference.recipe.revision, TEXTS, reference.embed_documents(TEXTS).astype("<f2").tobytes())
    KNOWN_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(known)) + b"\n")


if __name__ == "__main__":
    main()
