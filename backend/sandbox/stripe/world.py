"""One running double: what it remembers, what it sends, what it has been told to do wrong."""

from collections import deque
from dataclasses import dataclass, field

from backend.sandbox.stripe.mishaps import Failure, Mishaps
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.store import Store

REMEMBERED = 20_000


@dataclass
class Call:
    """One request to the API, as tests want to count it."""

    method: str
    path: str
    key: str | None
    request: str
    status: int = 0
    replayed: bool = False


@dataclass
class World:
    store: Store
    base_url: str
    webhook_url: str = ""
    webhook_secrets: list[str] = field(default_factory=list)
    mishaps: Mishaps = field(default_factory=Mishaps)
    failures: list[Failure] = field(default_factory=list)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    deliveries: deque[Obj] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    call: Call | None = None  # the API call under way: events name it
