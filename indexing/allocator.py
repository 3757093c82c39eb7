"""The C library's allocator: told not to keep a heap for every thread, nor what nobody uses any more."""

import ctypes

_M_ARENA_MAX = -8
"""`malloc.h` of glibc."""
_ARENAS = 2


def few_arenas() -> None:
    """Let all threads of this process share two heaps.

    By default glibc opens up to eight for each processor, and what one thread gave back serves no other: a process
    that searches with four threads held 20-50 MB more. Elsewhere than on glibc nothing is done.
    """
    _told("mallopt", _M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return memory that was freed to the system.

    glibc keeps what lies between pieces that are still in use: a process that had read 5,000 documents from a server
    kept 100 MB so. Takes a few milliseconds.
    """
    _told("malloc_trim", 0)


def _told(function: str, *numbers: int) -> None:
    """Call a function of glibc; elsewhere do nothing."""
    try:
        getattr(ctypes.CDLL(None), function)(*numbers)
    except (AttributeError, OSError, TypeError):  # another C library, or another system
        return
