"""Pages from templates; everything is escaped that is not known to be safe."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """The page of a template."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = Markup  # `*_html` of an answer: escaped already, with <mark> only
    environment.filters["dollars"] = _dollars
    return environment


def _dollars(clinic: Mapping[str, Any]) -> str:
    """What a session costs, in words; empty where nobody says."""
    prices = [price for price in (clinic["price_min"], clinic["price_max"]) if price is not None]
    return " to ".join(dict.fromkeys(f"${price:,.0f}" for price in prices))
