"""Secrets at rest: sealed with a key that lies outside the content store, so that neither it nor a backup tells them.

Keys are Fernet's (AES-128-CBC with HMAC-SHA256). The first one seals, every one opens: that is how one is replaced.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from indexing.errors import ConfigurationError, SecretUnreadable
from indexing.secret_files import shared_secret

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEYS_VARIABLE = "SEARCH_SECRET_KEYS"
MAKE_A_KEY = "python -m indexing connect new-key"


def new_key() -> str:
    """A fresh key as text."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


class Sealer:
    """Seals and opens texts with `keys`, the newest first, then with the one in `file` where that is there.

    Without `keys` the file is made when something is sealed; without either nothing can be sealed or opened.
    The library is loaded when it is first needed. Thread-safe.
    """

    def __init__(self, keys: tuple[str, ...] = (), *, file: Path | None = None) -> None:
        self._keys = keys
        self._file = file
        self._known: MultiFernet | None = None

    def check(self) -> None:
        """Raise ConfigurationError where a key of the setting is none."""
        try:
            if self._keys:
                _fernet(self._keys)
        except ValueError as error:
            raise ConfigurationError(f"{KEYS_VARIABLE} holds what is no key: {MAKE_A_KEY} makes one") from error

    def seal(self, text: str) -> str:
        """The text as a token; the key's file is made where there is none. Raises SecretUnreadable."""
        return self._fernet(makes=True).encrypt(text.encode()).decode()

    def opened(self, token: str) -> str:
        """The text of a token. Raises SecretUnreadable."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet(makes=False).decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(
                f"a secret was sealed with another key: bring that back in {KEYS_VARIABLE}, or enter the secret anew"
            ) from error

    def resealed(self, token: str) -> str:
        """A token for the same text under the first key. Raises SecretUnreadable."""
        return self.seal(self.opened(token))

    def _fernet(self, *, makes: bool) -> "MultiFernet":
        if self._known is None:
            is_kept = self._file is not None and (self._file.exists() or (makes and not self._keys))
            kept = (shared_secret(self._file, new_key),) if self._file is not None and is_kept else ()
            if not self._keys and not kept:
                raise SecretUnreadable(_no_key(self._file))
            try:
                self._known = _fernet((*self._keys, *kept))
            except ValueError as error:
                raise SecretUnreadable(
                    f"no secret can be opened: {KEYS_VARIABLE} or the key file holds what is no key"
                ) from error
        return self._known


def _no_key(file: Path | None) -> str:
    if file is None:
        return f"there is no key for secrets: set {KEYS_VARIABLE} alike for API and workers ({MAKE_A_KEY} makes one)"
    return f"the key file {file.name} is missing from the data directory: bring it back, or enter the secrets anew"


def _fernet(keys: tuple[str, ...]) -> "MultiFernet":
    """Raises ValueError, whose message does not tell the key."""
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in keys])
