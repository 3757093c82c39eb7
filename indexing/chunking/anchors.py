"""The places in a page that its own links lead to."""

import re

from selectolax.lexbor import LexborNode

_PERMALINK_CLASS = re.compile(
    r"^(?:headerlink|header-?link|anchor|anchor-?link|anchorjs-link|hash-link|header-anchor|heading-anchor|heading-link"
    r"|permalink|perma-link|direct-link|deep-link|docs-heading-anchor|td-heading-self-link|self-link|subheading-anchor"
    r"|toc-anchor|section-link|anchor-heading|hanchor)$"
)
_PERMALINK_TEXT = re.compile(r"^(?:permalink|permanent link|(?:direct |copy )?link(?: to .*)?|anchor|copy link)$", re.I)
_WRAPPERS = frozenset({"section", "article", "div", "header", "hgroup", "li", "details"})
_MOST_NAMED = 20
"""Elements in a heading that are looked at for an id."""


def is_permalink(node: LexborNode) -> bool:
    """Whether a link in or beside a heading only repeats its address: a sign, or words for screen readers."""
    if node.tag not in {"a", "button"}:
        return False
    text = (node.text() or "").strip()
    has_words = any(character.isalnum() for character in text)
    leads_here = (node.attributes.get("href") or "#").startswith("#")
    if leads_here and (not has_words or _PERMALINK_TEXT.match(text)) and node.css_first("img") is None:
        return True
    return _has_class(node) and (not has_words or node.attributes.get("aria-hidden") == "true")


def own_anchor(heading: LexborNode) -> str:
    """The id by which the page itself links to a heading: its own, of something in it, before it, or around it."""
    if own := heading.attributes.get("id"):
        return own
    for node in heading.css("[id], a[name]")[:_MOST_NAMED]:
        inner = node.attributes.get("id") or node.attributes.get("name")
        if inner and node.tag in {"a", "span", "strong", "b", "em", "button", "summary", "div", "p", "mark", "font"}:
            return _github(inner)
    if target := _permalink_target(heading):
        return target
    return _before(heading) or _around(heading)


def _github(id: str) -> str:
    """GitHub's pages put a prefix before ids that its links do without."""
    return id.removeprefix("user-content-")


def _permalink_target(heading: LexborNode) -> str:
    links = heading.css("a[href^='#']")[:_MOST_NAMED]
    following = _neighbour(heading, forward=True)
    if following is not None and following.tag == "a" and (_has_class(following) or is_permalink(following)):
        links = [*links, following]
    for link in links:
        target = (link.attributes.get("href") or "")[1:]
        if target and (is_permalink(link) or _has_class(link) or link.parent == heading):
            return target
    return ""


def _before(heading: LexborNode) -> str:
    """The id of an empty element just in front, as editors set marks for links."""
    before = _neighbour(heading, forward=False)
    if before is not None and before.tag == "p" and not (before.text() or "").strip():
        before = before.css_first("a[id], a[name], span[id]") or before
    if before is not None and before.tag in {"a", "span", "div", "p"} and not (before.text() or "").strip():
        return before.attributes.get("id") or (before.attributes.get("name") if before.tag == "a" else "") or ""
    return ""


def _around(heading: LexborNode) -> str:
    """The id of the part of the page that the heading opens."""
    node, parent = heading, heading.parent
    for _ in range(3):
        if parent is None or parent.tag not in _WRAPPERS or _neighbour(node, forward=False) is not None:
            return ""
        if id := parent.attributes.get("id"):
            return id
        node, parent = parent, parent.parent
    return ""


def _neighbour(node: LexborNode, *, forward: bool) -> LexborNode | None:
    found = node.next if forward else node.prev
    while found is not None and (
        found.tag in {"-comment", "br"} or (found.tag == "-text" and not (found.text_content or "").strip())
    ):
        found = found.next if forward else found.prev
    return found if found is not None and found.tag != "-text" else None


def _has_class(node: LexborNode) -> bool:
    return any(map(_PERMALINK_CLASS.match, (node.attributes.get("class") or "").split()))
