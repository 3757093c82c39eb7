"""What no decision of an editor takes away: built-in notices and, without a second word, help articles."""

from collections.abc import Collection, Mapping
from typing import Any

from indexing.errors import FieldError, InvalidInput
from search_api.curation.rules import Pin


def refuse_lost_notices(rules: Mapping[str, Any], built_in: Collection[str]) -> None:
    """Raise InvalidInput for notices that nothing would show, or that would replace when a built-in one is shown."""
    for id, rule in rules.items():
        if id in built_in and rule.queries:
            message = f"{id} is built in and shown by what is typed; leave `queries` empty, or take another id"
            raise InvalidInput([FieldError("queries", message)])
        if id not in built_in and not rule.queries:
            names = ", ".join(sorted(built_in))
            message = f"say for which searches {id} is; without, an id of {names} is reworded"
            raise InvalidInput([FieldError("queries", message)])


def refuse_unknown_needs(rules: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise InvalidInput for lists of help articles under an id that names no need."""
    for id in rules:
        if id not in known:
            raise InvalidInput([FieldError("id", f"{id!r} is none of {', '.join(known)}")])


def hidden_help(rules: Mapping[str, Any], help_articles: Collection[str]) -> frozenset[str]:
    """The help articles that pins hide. Raises InvalidInput where that is not confirmed."""
    found: set[str] = set()
    for rule in rules.values():
        hidden = set(rule.hidden) & set(help_articles) if isinstance(rule, Pin) and rule.type == "article" else set()
        if hidden - {part.strip() for part in rule.confirm.split(",")} if hidden else False:
            names = ",".join(sorted(hidden))
            message = f'{names} helps people in a crisis; send "confirm": "{names}" to hide it all the same'
            raise InvalidInput([FieldError("confirm", message)])
        found |= hidden
    return frozenset(found)
