"""Icons for templates: SVG files of a package, put into the page so that nothing more is asked for."""

import re
from functools import cache

from markupsafe import Markup

from search_api.pages.folder import FOLDER

ICONS = FOLDER / "assets" / "vendor" / "lucide"
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ATTRIBUTES = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'


@cache
def icon(name: str) -> Markup:
    """The icon of a name, which screen readers pass over. Raises FileNotFoundError for an unknown one."""
    drawn = _COMMENT.sub("", (ICONS / f"{name}.svg").read_text("utf-8"))
    shapes = re.sub(r"\s+", " ", drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")]).strip()
    return Markup(f"{_ATTRIBUTES}{shapes}</svg>")  # noqa: S704 -- a file of ours
