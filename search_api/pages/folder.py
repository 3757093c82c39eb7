"""Where templates, texts and assets lie."""

from pathlib import Path

FOLDER = Path(__file__).parent
