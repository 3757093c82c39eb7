"""Who holds a claim: a thread of a process on a host, and whether it can still be alive."""

import os
import socket
import threading

_HOST = socket.gethostname()[:30]


def process_name() -> str:
    """The name of this process among all on all hosts."""
    return f"{_HOST}-{os.getpid()}"


def owner_name() -> str:
    """The name of this thread as the holder of claims."""
    return f"{process_name()}-{threading.get_ident()}"


def is_dead(owner: str) -> bool:
    """Whether an owner was of this host and its process is gone; owners of other hosts count as alive."""
    host, pid, _ = owner.rsplit("-", 2)
    if host != _HOST:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
