"""What was understood of a query."""

from collections.abc import Collection, Mapping

import msgspec
from msgspec import Struct

from indexing.queries import Filters
from search_api.query.telling import telling
from search_api.search.requests import Place, Sort


class Interpretation(Struct, frozen=True):
    """What was understood; `text` is what remains to be searched for among clinics."""

    text: str
    article_text: str
    labels: Mapping[str, tuple[str, ...]] = {}
    near: Place | None = None
    preferred: Place | None = None
    """A place that may be meant: what is near comes first, and nothing is left out."""
    abroad: str | None = None
    """A country or city outside the United States, where no clinics are listed."""
    sort: Sort | None = None
    """The order that the words ask for."""
    contact: tuple[str, ...] | None = None
    """Words of a telephone number, e-mail address or street, which a listing must hold together."""
    names_clinics: bool = False
    """Whether a word for clinics or those who work there is among the words."""
    names_offer: bool = False
    """Whether the treatment that all clinics offer, or those who give it, are named beside a filter."""
    is_listing: bool = False
    """Whether nothing is said but what listings are searched by."""
    namesakes: tuple[str, ...] = ()
    """Other cities of the name that was given without a state."""
    place_wanted: bool = False
    """Whether something near is looked for, without a word of where."""
    price_min: float | None = None
    price_max: float | None = None
    flags: Mapping[str, bool] = {}
    is_one_wish: bool = False
    """Whether a treatment is all that is said: such clinics are listed, and articles lead still."""
    rest: str = ""
    """What of it no filter stands for, and is not of every clinic."""
    typed: str = ""
    """All words, as they were."""
    sought_clinics: bool = False
    """Whether clinics were sought before a caller's own filters took the place of what the words say."""

    @property
    def has_filters(self) -> bool:
        """Whether any filter was understood."""
        return bool(self.labels or self.near or self.flags) or (
            self.price_min,
            self.price_max,
        ) != (None, None)

    @property
    def names_wishes(self) -> bool:
        """Whether a wish is among the words that only clinics meet: a treatment, an insurer, a language."""
        return bool(self.labels.keys() - {"state", "city"} or self.flags)

    @property
    def found_anything(self) -> bool:
        """Whether anything was understood."""
        return bool(self.has_filters or self.place_wanted or self.abroad or self.contact)

    @property
    def seeks_clinics(self) -> bool:
        """Whether clinics are what is sought: by what they are filtered, or near, and nothing else is said."""
        return (
            self.sought_clinics or (self.has_filters and not self.is_one_wish) or (self.place_wanted and not self.rest)
        )

    @property
    def is_of_clinics(self) -> bool:
        """Whether clinics are what is sought, also where none can be listed."""
        is_listed = self.names_clinics and self.is_listing
        return bool(self.seeks_clinics or self.place_wanted or self.contact or self.abroad or is_listed)

    def within(self, radius_miles: float | None) -> "Interpretation":
        """The same with another radius around its place, if one was chosen."""
        if radius_miles is None or self.near is None:
            return self
        return msgspec.structs.replace(self, near=msgspec.structs.replace(self.near, radius_miles=radius_miles))

    def less_chosen(self, chosen: Filters) -> "Interpretation":
        """The same without what a caller's own filters say otherwise."""
        names = {*chosen.labels, *chosen.flags}
        if chosen.near is not None or {"state", "city"} & names:
            names |= {"near", "state", "city", "place_wanted"}
        if (chosen.price_min, chosen.price_max) != (None, None):
            names |= {"price_min", "price_max"}
        return msgspec.structs.replace(self._less(names), sought_clinics=self.seeks_clinics)

    def without(self, ignored: Collection[str]) -> "Interpretation":
        """The same, less some of its parts: fields by name, values as `condition:ptsd`, whose words count again."""
        less = self._less(ignored)
        if less == self:
            return self
        if not less.found_anything:
            return Interpretation(self.typed, self.typed, rest=telling(self.typed), typed=self.typed)
        return msgspec.structs.replace(less, text=self.typed, rest=telling(self.typed))

    def _less(self, ignored: Collection[str]) -> "Interpretation":
        if not ignored:
            return self
        labels = {
            name: tuple(value for value in values if f"{name}:{value}" not in ignored)
            for name, values in self.labels.items()
            if name not in ignored
        }
        fields = _IGNORABLE & set(ignored)
        if "near" in fields:
            fields |= {"preferred", "abroad"}
        less = {name: False if name == "place_wanted" else None for name in fields}
        kept = {name: values for name, values in labels.items() if values}
        flags = {name: wanted for name, wanted in self.flags.items() if name not in ignored}
        return msgspec.structs.replace(self, labels=kept, flags=flags, **less)


_IGNORABLE = frozenset({"near", "price_min", "price_max", "place_wanted", "sort"})
"""Single things that a caller can have left out, beside flags; labels go by name or value."""
