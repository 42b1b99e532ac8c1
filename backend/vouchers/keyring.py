"""The signing keys of this process: set when the application is made, else read from the settings."""

from collections.abc import Sequence

from backend import settings
from backend.kit.codes import SigningKeys

_held: list[SigningKeys] = []


def use(raw: Sequence[bytes]) -> None:
    """Signs with the first, checks with all (V20: rotation by key id)."""
    _held[:] = [SigningKeys.load(raw)]


def signing_keys() -> SigningKeys:
    if not _held:
        use(settings.load().signing_keys)
    return _held[0]
