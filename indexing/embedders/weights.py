"""The weights of a model out of its safetensors file, mapped into memory and not copied.

Processes on one machine share the pages of what they map. The format is eight bytes of length, a JSON header of
dtype, shape and offsets by name, then the numbers (huggingface/safetensors, README, "Format"); its own library copies
every tensor into the memory of each process.
"""

import contextlib
import math
import mmap
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.errors import EmbedderUnavailable

_DTYPES: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_LENGTH_BYTES = 8
_BUFFER = "position_ids"
"""A table of 0, 1, 2, … that old files hold beside the weights; it is none of them."""
_PREFIX = "bert."
"""What names begin with in files that were saved with a task's head."""


class _Tensor(Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class Weights:
    """The tensors of one file by name. Raises EmbedderUnavailable where it is absent or damaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                # Copy-on-write, so that arrays count as writable, which OpenVINO asks of memory that it shares.
                self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            self._bytes: NDArray[np.uint8] = np.frombuffer(self._mapped, np.uint8)
            self._begin = _LENGTH_BYTES + int.from_bytes(self._bytes[:_LENGTH_BYTES].tobytes(), "little")
            header = msgspec.json.decode(self._bytes[_LENGTH_BYTES : self._begin].tobytes(), type=dict[str, Any])
            header.pop("__metadata__", None)
            tensors = msgspec.convert(header, type=dict[str, _Tensor])
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise EmbedderUnavailable(f"the weights in {path} cannot be read: {error}") from error
        self._tensors = {name.removeprefix(_PREFIX): tensor for name, tensor in tensors.items() if _BUFFER not in name}

    @property
    def names(self) -> list[str]:
        """The names of all tensors."""
        return list(self._tensors)

    def release(self) -> None:
        """Give the pages that were read back; what is still looked at is read again from the file, a page at a time."""
        with contextlib.suppress(AttributeError, OSError):  # where the system cannot, they stay
            self._mapped.madvise(mmap.MADV_DONTNEED)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """The tensor `name`: a view of the file, or a copy where the file holds half precision."""
        tensor = self._tensors.get(name)
        if tensor is None or tensor.dtype not in _DTYPES:
            reason = "does not hold" if tensor is None else f"holds as {tensor.dtype}"
            raise EmbedderUnavailable(f"{self._path} {reason} the weights {name}")
        dtype, (start, end) = _DTYPES[tensor.dtype], tensor.data_offsets
        part = self._bytes[self._begin + start : self._begin + end]
        if part.size != math.prod(tensor.shape) * dtype.itemsize:
            raise EmbedderUnavailable(f"{self._path} is damaged: {name} has {part.size} bytes")
        values: NDArray[np.float32] = part.view(dtype).reshape(tensor.shape).astype(np.float32, copy=False)
        return values
