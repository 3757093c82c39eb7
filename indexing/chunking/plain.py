"""Fields that are plain text by contract and markup in practice: titles, summaries, names, descriptions."""

import re

from markdown_it import MarkdownIt

from indexing.chunking.legible import legible
from indexing.chunking.sections import split_sections
from indexing.chunking.shortcodes import unescaped, without_shortcodes

_TAGS = (
    "a|abbr|acronym|address|article|aside|b|bdi|bdo|big|blockquote|br|button|center|cite|code|dd|del|details|div|dl|dt"
    "|em|embed|figcaption|figure|font|footer|form|h[1-6]|header|hr|i|iframe|img|input|ins|kbd|label|li|link|main|mark"
    "|meta|nav|ol|p|pre|q|s|samp|script|section|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|th"
    "|thead|time|tr|tt|u|ul|var|video|wbr"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<!--|<!\[CDATA\[", re.IGNORECASE)
_SIGNS = re.compile(
    r"\*\*[^*\s][^*\n]*\*\*|__[^_\s][^_\n]*__|~~\S|`[^`\n]+`|\[[^\]\n]+\]\([^)\s]+\)|(?<![\w*])\*[^*\s][^*\n]*\*(?!\w)"
)
_BLOCK_SIGNS = re.compile(r"^(?:#{1,6} |[-*+] |\d+\. |> |\|.+\|)", re.MULTILINE)
_INLINE = MarkdownIt("commonmark").enable("strikethrough")


def plain_text(text: str) -> str:
    """`text` on one line as a reader sees it: no tags, entities, shortcodes, Markdown signs or invisible characters."""
    if text.isascii() and text.isprintable() and not set("<&[]{*_`~") & set(text):
        return " ".join(text.split())
    text = without_shortcodes(text)
    text = unescaped(text) if "&" in text and not _TAG.search(text) else text
    if _TAG.search(text):
        text = _on_one_line(text)
        text = unescaped(text) if "&" in text else text
    if _SIGNS.search(text):
        text = _on_one_line(_INLINE.renderInline(text))
    return legible(text)


def _on_one_line(html: str) -> str:
    sections = split_sections(html, "html")
    return " ".join(text.removeprefix("- ") for section in sections for text in (*section.path[-1:], *section.blocks))


def paragraphs(text: str) -> list[str]:
    """A description as blocks of plain text, whether it was written as HTML, Markdown or lines."""
    text = without_shortcodes(text)
    if "&" in text and not _TAG.search(text):
        text = unescaped(text)
    if _TAG.search(text):
        sections = split_sections(text, "html")
    elif _SIGNS.search(text) or _BLOCK_SIGNS.search(text):
        sections = split_sections(text, "markdown")
    else:
        return [block for line in text.split("\n") if (block := legible(line))]
    return [block for section in sections for block in (*section.path[-1:], *section.blocks)]
