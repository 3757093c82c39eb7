"""Pages from templates; everything is escaped that is not known to be safe."""

import json
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from search_api.pages.assets import versioned
from search_api.pages.folder import FOLDER
from search_api.pages.icons import icon
from search_api.pages.site import Frame


def render(template: str, frame: Frame, **values: Any) -> str:
    """The page of a template; it knows the site as `site` and the words as `t`."""
    given = {"site": frame.site, "t": frame.texts, **values}
    return _environment().get_template(template).render(**given)


def linked_data(data: dict[str, Any]) -> Markup:
    """JSON-LD that is safe inside a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign, code in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(sign, code)
    return Markup(text)  # noqa: S704 -- nothing in it ends the element


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["marked"] = Markup  # `*_html` of an answer: escaped already, with <mark> only
    environment.globals |= {"icon": icon, "versioned": versioned, "linked_data": linked_data}
    return environment
