"""From characters to the words of an index: folding, words, stems."""

from indexing.analysis.stemmer import STOP_WORDS as STOP_WORDS
from indexing.analysis.stemmer import Word as Word
from indexing.analysis.stemmer import analysed as analysed
from indexing.analysis.stemmer import compounds as compounds
from indexing.analysis.stemmer import spanish_stem as spanish_stem
from indexing.analysis.stemmer import stem as stem
from indexing.analysis.stemmer import surface as surface
from indexing.analysis.stemmer import words_in as words_in
