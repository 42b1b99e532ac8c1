"""The mailbox of a demo: messages become files that its pages show; nothing leaves the machine."""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from backend.kit import clock
from backend.notifications.gateway import Outgoing


class Kept(msgspec.Struct, frozen=True):
    """One file of the folder."""

    at: datetime
    message: Outgoing


class FolderGateway:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, message: Outgoing) -> None:
        """The same message again is the same file."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(message.key.encode()).hexdigest()[:24]
        draft = self.folder / f".{name}"
        draft.write_bytes(msgspec.json.encode(Kept(clock.now(), message)))
        draft.rename(self.folder / f"{name}.json")


def kept(folder: Path) -> list[tuple[str, Kept]]:
    """What was sent, newest first, under the name of its file."""
    found = [(path.stem, read(path)) for path in folder.glob("*.json")]
    return sorted(found, key=lambda one: one[1].at, reverse=True)


def read(path: Path) -> Kept:
    return msgspec.json.decode(path.read_bytes(), type=Kept)
