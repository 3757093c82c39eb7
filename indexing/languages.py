"""Languages, by whatever name listings and visitors give them."""

from indexing.text import folded

_OTHER_NAMES = {
    "espanol": "spanish", "castellano": "spanish", "persian": "farsi", "filipino": "tagalog", "francais": "french",
    "deutsch": "german", "italiano": "italian", "portugues": "portuguese", "asl": "american sign language",
    "laotian": "lao", "cambodian": "khmer",
    "sign language": "american sign language", "kreyol": "haitian creole", "kreyol ayisyen": "haitian creole",
}  # fmt: skip


def language_value(name: str) -> str:
    """The filter value of a language."""
    value = folded(name)
    return _OTHER_NAMES.get(value, value)
