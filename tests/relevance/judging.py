"""How well a clinic fits what somebody wants, from the facts of its listing alone."""

from indexing.engines.attributes import AttributeTable
from indexing.engines.entries import Attributes
from indexing.places import Gazetteer

_FIELDS = {"treatment": "treatments", "condition": "conditions", "insurance": "insurance", "payment": "payment"}


def grade(clinic, wants, gazetteer=Gazetteer()):  # noqa: B008 - it holds nothing that changes
    """3 where a clinic meets every wish, 2 where it is further away or treats a kind of what is named, else 0."""
    kinds = {"depression": {"treatment-resistant-depression", "bipolar-depression"}}
    treated = set(clinic["conditions"])
    wider = treated | {name for name, narrower in kinds.items() if narrower & treated}
    offered = {field: set(clinic[field]) for field in _FIELDS.values()} | {"conditions": wider}
    is_exact = set(wants.get("condition", ())) <= treated
    met = [set(wants.get(name, ())) <= offered[field] for name, field in _FIELDS.items()]
    met += [clinic[name] == wants[name] for name in ("telehealth", "accepting_patients") if name in wants]
    met += [
        wants.get("state", clinic["address"]["state"]) == clinic["address"]["state"],
        clinic["price_min"] <= wants.get("price_at_most", clinic["price_min"]),
        clinic["price_max"] >= wants.get("price_at_least", clinic["price_max"]),
        wants.get("language", "English") in clinic["languages"],
        clinic["name"] in wants.get("name", [clinic["name"]]),
        wants.get("provider", clinic["providers"][0]["name"]) in {each["name"] for each in clinic["providers"]},
    ]
    if not all(met):
        return 0
    if "near" not in wants:
        return 3 if is_exact else 2
    share = _miles(gazetteer.find(wants["near"]), gazetteer.zip(clinic["address"]["zip"])) / wants["miles"]
    return 0 if share > 1 else 3 if share <= 0.5 and is_exact else 2


def _miles(one, other):
    table = AttributeTable()
    table.append(Attributes(numbers={"lat": other.lat, "lng": other.lng}))
    return float(table.view().distances(one.lat, one.lng)[0])
