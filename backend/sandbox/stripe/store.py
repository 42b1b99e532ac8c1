"""Everything the double remembers, in memory; a file keeps it between two starts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backend.sandbox.stripe.errors import missing
from backend.sandbox.stripe.sources import Obj

KEPT = ("objects", "behind", "answers", "counters", "parcels")


@dataclass
class Store:
    """Objects by kind and id, oldest first; `behind` is what Stripe knows of one and does not show."""

    objects: dict[str, dict[str, Obj]] = field(default_factory=dict)
    behind: dict[str, Obj] = field(default_factory=dict)
    answers: dict[str, Obj] = field(default_factory=dict)  # idempotency key -> its first answer
    counters: dict[str, int] = field(default_factory=dict)
    parcels: list[Obj] = field(default_factory=list)  # events still to be delivered
    file: Path | None = None

    def add(self, obj: Obj, **behind: object) -> Obj:
        self.objects.setdefault(obj["object"], {})[obj["id"]] = obj
        if behind:
            self.behind[obj["id"]] = behind
        return obj

    def get(self, kind: str, id_: str, param: str = "id") -> Obj:
        found = self.objects.get(kind, {}).get(id_)
        if found is None:
            raise missing(kind, id_, param)
        return found

    def find(self, id_: str) -> Obj | None:
        return next((some[id_] for some in self.objects.values() if id_ in some), None)

    def newest(self, kind: str) -> Iterator[Obj]:
        return reversed(list(self.objects.get(kind, {}).values()))

    def where(self, kind: str, **values: object) -> Iterator[Obj]:
        """The newest first among those with these values."""
        for obj in self.newest(kind):
            if all(obj.get(name) == value for name, value in values.items()):
                yield obj

    def count(self, name: str) -> int:
        self.counters[name] = self.counters.get(name, 0) + 1
        return self.counters[name]

    def save(self) -> None:
        if self.file is None:
            return
        kept = {name: getattr(self, name) for name in KEPT}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(self.file)


def load(file: Path | None) -> Store:
    if file is None or not file.exists():
        return Store(file=file)
    store = Store(file=file, **json.loads(file.read_text(encoding="utf-8")))
    for parcel in store.parcels:
        parcel["due_ms"] = None  # it was counted by the clock of another process
    return store
