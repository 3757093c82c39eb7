"""The C library's allocator: told not to keep a heap for every thread."""

import ctypes

_M_ARENA_MAX = -8
"""`malloc.h` of glibc."""
_ARENAS = 2


def few_arenas() -> None:
    """Let all threads of this process share two heaps.

    By default glibc opens up to eight for each processor, and what one thread gave back serves no other: a process
    that searches with four threads held 20-50 MB more. Elsewhere than on glibc nothing is done.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    except (AttributeError, OSError, TypeError):  # another C library, or another system
        return
