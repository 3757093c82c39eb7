"""What this machine's processors can do for an encoder."""

import functools
import re
from pathlib import Path

_CPU_FILE = Path("/proc/cpuinfo")
_INTEGER_FLAGS = {"avx512_vnni", "avx_vnni", "amx_int8"}
"""Instructions that multiply 8-bit integers and add them up at once, as Linux names them."""


@functools.cache
def multiplies_integers() -> bool:
    """Whether 8-bit integers are multiplied fast here; False where the system does not say."""
    return bool(_INTEGER_FLAGS & processor_flags())


def processor_flags(file: Path = _CPU_FILE) -> set[str]:
    """The instructions of the first processor; empty where the system does not say."""
    try:
        found = re.search(r"^flags\s*:(.*)$", file.read_text(), flags=re.MULTILINE)
    except OSError:
        return set()
    return set(found[1].split()) if found else set()
