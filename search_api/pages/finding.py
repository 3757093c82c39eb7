"""What search engines and browsers read: where our pages are, how they are searched, whom to tell of faults."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from search_api.pages.site import Frame, Site
from search_api.pages.texts import about_names
from search_api.safety.help_pages import every_page

_MOST_ADDRESSES = 50_000
"""Of one file (sitemaps.org, protocol)."""
_EXPIRES = timedelta(days=180)
"""RFC 9116 asks for less than a year."""


def robots_txt(base: str) -> str:
    """Our pages may be listed, results of searches need not."""
    lines = ("User-agent: *", "Disallow: /v1/", "Disallow: /editor", "Disallow: /*?", "Allow: /help/*?lang=es")
    return "\n".join((*lines, f"Sitemap: {base}/sitemap.xml", ""))


def sitemap_xml(base: str, articles: Iterable[str], clinics: Iterable[str]) -> str:
    """Addresses of all pages that we serve ourselves; articles and clinics by id."""
    fixed = ["/", *(f"/about/{name}" for name in about_names()), *(page.url for page in every_page())]
    paths = [*fixed, *(f"/read/{id}" for id in articles), *(f"/clinics/{id}" for id in clinics)][:_MOST_ADDRESSES]
    entries = "".join(f"<url><loc>{escape(base + path)}</loc></url>\n" for path in paths)
    opening = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{opening}{entries}</urlset>\n"


def opensearch_xml(base: str, frame: Frame) -> str:
    """How a browser searches here from its address bar, with completions."""
    name = escape(frame.site.name[:48])
    long = escape(frame.texts("opensearch-name", site=frame.site.name)[:1024])
    root = escape(base)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<ShortName>{name[:16]}</ShortName>\n<LongName>{name}</LongName>\n<Description>{long}</Description>\n"
        "<InputEncoding>UTF-8</InputEncoding>\n"
        f'<Url type="text/html" method="get" template="{root}/?q={{searchTerms}}"/>\n'
        "</OpenSearchDescription>\n"
    )


def security_txt(base: str, site: Site) -> str:
    """Whom to tell of a fault of security (RFC 9116); empty where the settings name nobody."""
    if not site.security_contact:
        return ""
    expires = (datetime.now(UTC) + _EXPIRES).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        f"Contact: {site.security_contact}\n"
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}\n"
        "Preferred-Languages: en, es\n"
        f"Canonical: {base}/.well-known/security.txt\n"
    )
