"""Numbers of pages to go to: the first, the last, and those round the one that is shown."""

from collections.abc import Iterator

_ROUND = 1


def numbered(page: int, pages: int) -> Iterator[int | None]:
    """The numbers in order; None stands for some that are left out."""
    before = 0
    for number in range(1, pages + 1):
        if number not in {1, pages} and abs(number - page) > _ROUND:
            continue
        if number - before == 2:
            yield before + 1
        elif number - before > 2:
            yield None
        yield number
        before = number
