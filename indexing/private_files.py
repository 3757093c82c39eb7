"""What a process of the service makes is its user's alone; what others made stays as they made it."""

import os
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXO


def keep_private(data_dir: Path) -> None:
    """Make every new file and folder of this process private to its user.

    Where an operator opened the data directory to its group and closed it to others, the group may do with new files
    what it may do with the directory.
    """
    os.umask(_OTHERS | stat.S_IRWXG & ~_shared_with_group(data_dir))


def _shared_with_group(folder: Path) -> int:
    """The rights of the folder's group, where somebody gave them on purpose: 0755 is how any folder is made."""
    try:
        mode = folder.stat().st_mode
    except OSError:
        return 0
    return 0 if mode & _OTHERS else mode & stat.S_IRWXG
