"""Documents as they are shown and searched: every field that is plain text by contract is made so.

The content store keeps what was sent, and GET answers it; what an index holds comes from here.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from indexing.chunking.plain import paragraphs, plain_text
from indexing.documents import Article, Clinic


def readable_article(article: Article) -> Article:
    """The article with plain text in its fields; its body is read by `indexing.chunking.sections`."""
    return replace(
        article,
        title=plain_text(article.title) or article.title,
        summary=plain_text(article.summary),
        author=plain_text(article.author),
        reviewed_by=plain_text(article.reviewed_by),
        sources=tuple(replace(each, title=plain_text(each.title) or each.title) for each in article.sources),
        tags=_each(article.tags),
        conditions=None if article.conditions is None else _each(article.conditions),
        treatments=None if article.treatments is None else _each(article.treatments),
    )


def readable_clinic(clinic: Clinic) -> Clinic:
    """The listing with plain text in its fields; paragraphs of its description stand on lines of their own."""
    address = clinic.address
    return replace(
        clinic,
        name=plain_text(clinic.name) or clinic.name,
        description="\n".join(paragraphs(clinic.description)),
        address=replace(address, street=plain_text(address.street), city=plain_text(address.city)),
        phone=plain_text(clinic.phone),
        email=plain_text(clinic.email),
        treatments=None if clinic.treatments is None else _each(clinic.treatments),
        conditions=None if clinic.conditions is None else _each(clinic.conditions),
        insurance=_each(clinic.insurance),
        payment=_each(clinic.payment),
        languages=_each(clinic.languages),
        providers=tuple(
            replace(each, name=plain_text(each.name), credentials=plain_text(each.credentials))
            for each in clinic.providers
        ),
    )


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain for value in values if (plain := plain_text(value)))
