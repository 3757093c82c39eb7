"""Pictures in articles: those of the article's own site and of ours are shown; nobody else is asked for one."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

_HOST = re.compile(r"[a-z0-9.-]+(?::\d{1,5})?")
"""What may stand in a Content-Security-Policy."""


def own_pictures(tree: LexborHTMLParser, sites: Iterable[str]) -> frozenset[str]:
    """Take out the pictures of other hosts than those of `sites` (addresses), which leave their words.

    Returns the origins, such as `https://example.org`, that the rest comes from; pictures of this service have none.
    """
    hosts = {_host(site) for site in sites} - {""}
    shown = set()
    for picture in tree.css("img"):
        address = (picture.attributes.get("src") or "").strip()
        if _is_of_this_service(address):
            continue
        if address.lower().startswith(("https://", "//")) and (host := _host(address)) in hosts:
            shown.add(f"https://{host}")
        else:
            picture.replace_with(picture.attributes.get("alt") or "")
    return frozenset(shown)


def _is_of_this_service(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and not address.startswith(("//", "/\\", "\\"))


def _host(address: str) -> str:
    """The host with its port where it has one; empty for what is none."""
    try:
        host = urlsplit(address).netloc.lower()
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""
