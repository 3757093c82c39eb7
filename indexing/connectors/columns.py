"""Which column of a sheet holds which field of a clinic, which columns nobody understands, and what they may mean.

A heading is recognised by its name in English or Spanish, or said once by an editor. What is not understood is named,
never passed over; a column that was understood before is missed.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from indexing.schema.clinic import Clinic
from indexing.schema.fields import Declared
from indexing.schema.types import flag_fields, label_fields
from indexing.text import folded, squeezed
from indexing.unknown_fields import nearest


def columned_fields() -> tuple[Declared, ...]:
    """The declared labels and flags that a sheet may hold."""
    return tuple(each for each in (*label_fields(Clinic), *flag_fields(Clinic)) if each.spec.columns)


_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "clinic id", "listing id", "identificador"),
    "name": (
        *("name", "clinic", "clinic name", "practice", "practice name", "title", "business name"),
        *("nombre", "nombre de la clinica", "clinica", "consultorio"),
    ),
    "street": (
        *("street", "address", "street address", "address 1", "address line 1"),
        *("direccion", "calle", "domicilio", "calle y numero"),
    ),
    "city": ("city", "town", "ciudad", "localidad", "municipio"),
    "state": ("state", "st", "province", "region", "estado", "provincia"),
    "zip": ("zip", "zip code", "zipcode", "postal code", "postcode", "codigo postal", "cp", "c p"),
    "lat": ("lat", "latitude", "latitud"),
    "lng": ("lng", "lon", "long", "longitude", "longitud"),
    "url": ("url", "link", "page", "listing url", "profile", "enlace", "pagina", "ficha"),
    "website": ("website", "web site", "web", "site", "homepage", "sitio web", "pagina web", "sitio"),
    "phone": ("phone", "telephone", "tel", "phone number", "telefono", "numero de telefono"),
    "email": ("email", "e mail", "mail", "correo electronico", "correo"),
    "description": ("description", "about", "summary", "text", "descripcion", "resumen"),
    "price_min": (
        *("price min", "min price", "price from", "price", "cost"),
        *("precio minimo", "precio desde", "precio", "costo"),
    ),
    "price_max": ("price max", "max price", "price to", "precio maximo", "precio hasta"),
    **{each.field: each.spec.columns for each in columned_fields()},
    "providers": (
        *("providers", "provider", "doctor", "doctors", "physician"),
        *("proveedores", "medicos", "medico", "doctores", "doctora"),
    ),
    "image": ("image", "photo", "logo", "imagen", "foto"),
    "npi": ("npi", "npi number", "numero npi"),
    "rems_certified": ("rems certified", "rems", "rems date", "certificacion rems", "fecha rems"),
    "status": ("status", "estatus", "situacion"),
    "checked_on": (
        *("checked on", "verified on", "last verified", "verified", "last checked"),
        *("verificado", "verificado el", "fecha de verificacion", "revisado el"),
    ),
}
"""Our fields with the column names by which they are recognised."""
FIELDS = tuple(_NAMES)
_FIELD_OF: Mapping[str, str] = {name: field for field, names in _NAMES.items() for name in names}
_SHORTEST_LIKELY = 3
"""Shorter names are part of too many others to be guessed."""
_MOST_NAMED = 30


class ColumnProblem(Struct, frozen=True):
    """A column that is left out, with the field that it may hold (empty: no idea), and what to do about it."""

    column: str
    likely: str
    message: str


def mapped(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Our fields with the place of their column: what an editor chose, else what the names tell."""
    places = {_plain(name): at for at, name in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for field, names in _NAMES.items():
        wanted = (_plain(chosen[field]),) if chosen.get(field) else names
        at = next((places[name] for name in wanted if name in places), None)
        if at is not None and (field in chosen or at not in found.values()):
            found[field] = at
    return found


def column_problems(
    header: Sequence[str], columns: Mapping[str, int], chosen: Mapping[str, str]
) -> Iterator[ColumnProblem]:
    """Columns that no field is read from, and columns that an editor named and the sheet lacks."""
    for field, name in chosen.items():
        if name and field not in columns:
            yield ColumnProblem(name, "", f"{field} is to be read from column {name!r}, which the sheet does not have")
    taken = {at: field for field, at in columns.items()}
    for at, name in enumerate(header):
        if name and at not in taken:
            yield _left_out(name, {field: header[place] for field, place in columns.items()})


def _left_out(name: str, read: Mapping[str, str]) -> ColumnProblem:
    field = _FIELD_OF.get(_plain(name), "")
    if field in read:
        return ColumnProblem(name, "", f"column {name!r} is left out: {field} is read from column {read[field]!r}")
    likely = field or _likely(name, read)
    guess = f"; did you mean {likely}?" if likely else ""
    return ColumnProblem(name, likely, f"column {name!r} is not understood and left out{guess}")


def _likely(name: str, read: Collection[str]) -> str:
    """The field without a column whose names are nearest; empty where none is near."""
    free = [each for each, field in _FIELD_OF.items() if field not in read and len(each) >= _SHORTEST_LIKELY]
    best = nearest(_plain(name), free)
    return _FIELD_OF[best] if best else ""


def told(problems: Sequence[ColumnProblem]) -> str:
    """What is left out, in one text."""
    return "; ".join(each.message for each in problems[:_MOST_NAMED])


def missing_told(fields: Sequence[str], problems: Sequence[ColumnProblem]) -> str:
    """What to do where columns that were read before are not there, or not understood."""
    more = f" ({told(problems)})" if problems else ""
    return (
        f"the sheet has no column any more for {', '.join(fields)}{more}; nothing is read, so that what is stored of "
        "them stays: say in `columns` which they are, or confirm that the sheet is read without them"
    )


def _plain(name: str) -> str:
    return squeezed(re.sub(r"[^a-z0-9]+", " ", folded(name)))
