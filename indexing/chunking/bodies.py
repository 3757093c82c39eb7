"""Bodies as they are sent, told apart: HTML, Markdown, plain text, and the escaped HTML of feeds."""

import re
from typing import Literal

from indexing.chunking.markdown import markdown_to_html, without_front_matter
from indexing.chunking.shortcodes import unescaped, without_shortcodes

_TAGS = r"p|div|br|h[1-6]|ul|ol|li|b|strong|em|i|a|span|table|img|blockquote|figure|section|article|hr|pre|sup|sub|u"
_TAG = re.compile(rf"</?(?:{_TAGS}|[a-z]+)(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE)
_ESCAPED_TAG = re.compile(rf"&(?:amp;)*lt;/?(?:{_TAGS})\b", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"^#{1,6} \S|^[-*+] \S.*\n[-*+] \S|\*\*[^*\n]+\*\*|\]\(https?://|^(?:---|\+\+\+)\n", re.MULTILINE
)


def body_to_html(body: str, body_format: Literal["html", "markdown"]) -> str:
    """The body as HTML, unsanitised: without shortcodes, front matter and escapes of feeds."""
    body = without_shortcodes(body)
    is_tagged = _TAG.search(body) is not None
    if not is_tagged and _ESCAPED_TAG.search(body):
        body = unescaped(body)
        is_tagged = True
    if body_format == "markdown" or (not is_tagged and _MARKDOWN.search(body)):
        return markdown_to_html(body)
    if not is_tagged:
        return "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", body))
    return without_front_matter(body)
