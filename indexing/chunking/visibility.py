"""What of a page its readers can read: text behind tabs and accordions, but no navigation and no icons.

Closed panels are text that readers open; what is hidden otherwise, what only serves to find one's way, and what is
written for software (icon fonts, screen-reader doubles of a link) is not.
"""

import re
from collections.abc import Iterator
from typing import Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

Event = Literal["open", "text", "close"]

_UNREAD_TAGS = frozenset(
    """
    script style noscript template svg math iframe object embed head title nav canvas audio video select datalist
    textarea map area del s strike rp dialog footer input progress meter
    """.split()
)
_UNREAD_ROLES = frozenset(
    "navigation contentinfo search menu menubar toolbar banner alertdialog dialog progressbar scrollbar".split()
)
HEADING_TAGS = {f"h{level}": level for level in range(1, 7)}
_ICON = re.compile(
    r"^(?:material-(?:icons|symbols)[\w-]*|fa|fas|far|fal|fad|fab|fa-[\w-]+|glyphicon[\w-]*|dashicons[\w-]*|eicon[\w-]*"
    r"|bi|bi-[\w-]+|icon|icons|icofont[\w-]*|ion-[\w-]+|mdi|mdi-[\w-]+|ti-[\w-]+|octicon[\w-]*|lnr|feather|icomoon)$"
)
_ICON_TAGS = frozenset({"i", "span", "em", "b", "font", "mat-icon", "ion-icon"})
_UNSEEN_CLASS = re.compile(
    r"^(?:sr-only|visually-?hidden|screen-reader-(?:text|only|shortcut)|element-invisible|elementor-screen-only"
    r"|assistive-text|a11y-hidden|show-for-sr|clip-text|u-hidden-visually)$"
)
_HIDING_CLASS = re.compile(r"^(?:d-none|hidden|is-hidden|u-hidden|hide|w-condition-invisible|invisible)$")
_RESPONSIVE_CLASS = re.compile(
    r"^(?:(?:sm|md|lg|xl|2xl|print):|d-(?:sm|md|lg|xl|xxl)-|(?:hide|show)-for-|hidden-(?:xs|sm|md|lg))"
)
_BOILERPLATE = re.compile(
    r"(?:^|[-_])(?:cookie(?:s|law)?[-_]?(?:banner|bar|consent|notice|popup|law|policy-banner)|cookie(?:yes|bot)|gdpr|onetrust"
    r"|cky|cc[-_]window|consent[-_](?:banner|popup|manager)|breadcrumbs?|skip-(?:link|to-content|nav)|pagination(?:-nav)?"
    r"|social-(?:share|links|icons)|share(?:daddy|-buttons?|bar)|sharedaddy|addtoany(?:_share_save_container)?|jp-relatedposts"
    r"|related-posts|post-navigation|site-(?:header|footer|navigation)|main-navigation|navbar|nav-menu"
    r"|table-of-contents|toc|toc_container|ez-toc[\w-]*|lwptoc|wp-block-table-of-contents|elementor-toc|theme-doc-toc[\w-]*"
    r"|mw-editsection|edit-link|edit-page-link|theme-edit-this-page|footnote-backref|data-footnote-backref"
    r"|newsletter-(?:signup|form)|comment-respond|comments-area|sqs-block-newsletter|w-nav|w-webflow-badge)$"
)
_PANEL = re.compile(
    r"(?:^|[-_])(?:tab|tabs|panel|pane|tabpanel|tab-(?:pane|panel|content)|panel-(?:body|collapse)|accordion[\w-]*|collapse"
    r"|collapsible[\w-]*|toggle-?content|elementor-tab-content|faq[\w-]*|answer|spoiler[\w-]*|details|w-dropdown-list"
    r"|et_pb_toggle_content|vc_toggle_content|expand(?:able|ed)?-?(?:content|body)?|slick-slide|swiper-slide|carousel-item)$",
    re.IGNORECASE,
)
_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|mso-list\s*:\s*ignore", re.I)
_AS_BLOCK = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*(?:block|flex|grid|table|list-item)|float\s*:\s*(?:left|right))", re.I
)
_DISCLOSURE = frozenset(
    {"aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target", "data-bs-target"}
)
_DISCLOSURE_CLASS = re.compile(r"accordion|faq|toggle|question|disclosure|collaps|expand|tab", re.I)
_HEADINGS = ",".join(HEADING_TAGS) + ",[role=heading]"


def walk(html: str) -> Iterator[tuple[Event, LexborNode]]:
    """Depth-first over the readable nodes, without recursion: bodies nest as deep as they like."""
    tree = LexborHTMLParser(html)
    node = _root(tree)
    root_id = node.mem_id if node is not None else 0
    panels = _controlled(tree, html)
    while node is not None:
        if node.tag == "-text":
            yield "text", node
        elif node.mem_id == root_id or not _is_unread(node, panels):
            yield "open", node
            if node.child is not None:
                node = node.child
                continue
            yield "close", node
        if node.mem_id == root_id:
            return
        while node is not None and node.next is None:
            node = node.parent
            if node is None or node.mem_id == root_id:
                return
            yield "close", node
        node = node.next if node is not None else None


def is_block(node: LexborNode) -> bool:
    """Whether a tag that stands in lines by nature is set as a block of its own."""
    style = node.attributes.get("style") if node.attributes else None
    return bool(style and _AS_BLOCK.search(style))


def heading_level(node: LexborNode) -> int | None:
    """The level of a heading, by its tag or its role."""
    if (level := HEADING_TAGS.get(node.tag or "")) is not None:
        return None if node.attributes.get("role") in {"presentation", "none"} else level
    if node.attributes.get("role") != "heading":
        return None
    given = node.attributes.get("aria-level") or "2"
    return min(int(given), 6) if given.isascii() and given.isdigit() and int(given) else 2


def _root(tree: LexborHTMLParser) -> LexborNode | None:
    """The body, or its only main part."""
    mains = tree.css("main, [role=main]")
    return mains[0] if len(mains) == 1 and mains[0].text().strip() else tree.body


def _controlled(tree: LexborHTMLParser, html: str) -> frozenset[str]:
    """Ids of what buttons and tabs of the page open."""
    if (
        "aria-controls" not in html
        and "data-target" not in html
        and "data-bs-target" not in html
        and 'role="tab"' not in html
    ):
        return frozenset()
    named = [
        node.attributes.get(name) or ""
        for node in tree.css("[aria-controls], [data-target], [data-bs-target], a[role=tab], a[data-toggle]")
        for name in ("aria-controls", "data-target", "data-bs-target", "href")
    ]
    return frozenset(id.removeprefix("#") for names in named for id in names.split() if id)


def _is_unread(node: LexborNode, panels: frozenset[str]) -> bool:
    tag = node.tag or ""
    if tag in _UNREAD_TAGS:
        return not _is_read_after_all(node, tag)
    if tag[:1] in "-_!":
        return True
    if tag == "button":
        return not _is_disclosure(node)
    attributes = node.attributes
    if not attributes:
        return False
    if attributes.get("role") in _UNREAD_ROLES:
        return True
    names = [*(attributes.get("class") or "").split(), *(attributes.get("id") or "").split()]
    if any(map(_BOILERPLATE.search, names)) or any(map(_UNSEEN_CLASS.match, names)):
        return tag not in {"body", "main", "article"}
    if tag in _ICON_TAGS and _is_icon(node, names):
        return True
    return _is_hidden(node, names, panels)


def _is_read_after_all(node: LexborNode, tag: str) -> bool:
    """The footer of a quotation names its source; a dialog may stand open."""
    if tag == "footer":
        return node.parent is not None and node.parent.tag in {"blockquote", "figure", "figcaption"}
    return tag == "dialog" and "open" in node.attributes


def _is_icon(node: LexborNode, names: list[str]) -> bool:
    is_named = any(map(_ICON.match, names))
    return is_named and len((node.text() or "").split()) <= 1 and node.css_first("img, a, p, strong") is None


def _is_hidden(node: LexborNode, names: list[str], panels: frozenset[str]) -> bool:
    attributes = node.attributes
    if "hidden" not in attributes and "aria-hidden" not in attributes and "style" not in attributes and not names:
        return False
    is_hidden = (
        ("hidden" in attributes and (attributes.get("hidden") or "").lower() != "until-found")
        or attributes.get("aria-hidden") == "true"
        or bool(_NOT_SHOWN.search(attributes.get("style") or ""))
        or (any(map(_HIDING_CLASS.match, names)) and not any(map(_RESPONSIVE_CLASS.match, names)))
    )
    return is_hidden and not _is_panel(node, names, panels)


def _is_panel(node: LexborNode, names: list[str], panels: frozenset[str]) -> bool:
    """Whether something hidden is a part that readers open."""
    attributes = node.attributes
    if (node.tag or "") in {"i", "svg", "span", "a", "sup", "em", "b", "p"}:
        return False
    return (
        attributes.get("role") in {"tabpanel", "region"}
        or attributes.get("id") in panels
        or any(map(_PANEL.search, names))
    )


def _is_disclosure(button: LexborNode) -> bool:
    """Whether a button is the head of something to read, and not a thing to do."""
    attributes = button.attributes
    if not _DISCLOSURE.isdisjoint(attributes) or attributes.get("role") == "tab":
        return attributes.get("aria-haspopup") in {None, "false"} and "navbar-toggler" not in (
            attributes.get("class") or ""
        )
    if _DISCLOSURE_CLASS.search(attributes.get("class") or "") or (button.text() or "").strip().endswith(("?", "？")):
        return True
    if button.css_first(_HEADINGS) is not None:
        return True
    parent = button.parent
    for _ in range(3):
        if parent is None:
            return False
        if heading_level(parent) is not None or parent.tag in {"summary", "dt"}:
            return True
        parent = parent.parent
    return False
