"""Markers that a site's own software replaces before a reader sees them: shortcodes, template tags, CDATA.

Their names are dropped, what they enclose stays; where it is data and no text, it goes too.
"""

import html
import re

_CDATA = re.compile(r"(?:<|&lt;)!\[CDATA\[|\]\](?:>|&gt;)")
_TEMPLATE = re.compile(
    r"\{\{[<%].*?[>%]\}\}|\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL
)
"""Hugo, Jekyll, Liquid, Twig, Handlebars."""
_MEDIA_TOKEN = re.compile(r"\[\[\s*\{.*?\}\s*\]\]", re.DOTALL)
"""Drupal's embedded media."""
_DATA_NAMES = "vc_raw_html|vc_raw_js|embed|embedyt|gallery|playlist|youtube|vimeo|video|audio|googlemaps?|code_block"
_DATA = re.compile(rf"\[({_DATA_NAMES})(?:\s[^\[\]]*)?\](?:[^\[\]]*)\[/\1\]", re.IGNORECASE)
_SHORTCODE = re.compile(r"\[(?P<close>/?)(?P<name>[a-zA-Z][\w-]*)(?P<rest>\s[^\[\]]*|)(?P<end>/?)\](?!\()")
_KNOWN = frozenset(
    """
    caption gallery embed embedyt audio video playlist toc button tabs tab accordion toggle spoiler column columns row
    section divider spacer more nextpage contact-form contact-form-7 wpforms gravityform ninja_form mailpoet shortcode
    icon highlight quote alert box youtube vimeo map googlemap elementor-template recent_posts related_posts dropcap
    sidebar print_link email_link social sharing_links
    """.split()
)
_ELLIPSIS = re.compile(r"\s*\[(?:…|\.\.\.|&hellip;|&#8230;)\]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_MOST_ESCAPES = 3
"""How often a text may have been escaped on its way through feeds."""


def without_shortcodes(text: str) -> str:
    """`text` without the markers of site software."""
    if "CDATA" in text or "]]" in text:
        text = _CDATA.sub(" ", text)
    if "{" in text:
        text = _MEDIA_TOKEN.sub(" ", _TEMPLATE.sub(" ", text))
    if "[" in text:
        text = _ELLIPSIS.sub("…", _DATA.sub(" ", text))
        closed = {match["name"].lower() for match in _SHORTCODE.finditer(text) if match["close"]}
        text = _SHORTCODE.sub(lambda match: " " if _is_shortcode(match, closed) else match.group(), text)
    return text


def unescaped(text: str) -> str:
    """`text` with its entities resolved, also those that were escaped again on the way."""
    for _ in range(_MOST_ESCAPES):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return text


def _is_shortcode(match: re.Match[str], closed: set[str]) -> bool:
    """What has attributes, a closing partner, or a name that people do not write in brackets."""
    name, rest = match["name"].lower(), match["rest"]
    return bool(match["close"] or match["end"] or "=" in rest or "_" in name or name in _KNOWN or name in closed)
