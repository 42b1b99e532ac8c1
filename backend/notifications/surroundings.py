"""What a worker must know of its installation to write to people: where its pages are, what it can send by."""

from functools import cache

from backend import settings
from backend.kit.seals import Seals
from backend.notifications.post import open_post
from backend.people.rules import Channel
from backend.settings import Settings


def link(path: str) -> str:
    """The full address of one of our pages."""
    return f"{_settings().base_url}{path}"


def seals() -> Seals:
    """For what a link of a message carries, readable by us alone."""
    return _seals()


def ways_out() -> frozenset[Channel]:
    """The channels of this installation: a club without a provider sends no SMS."""
    return frozenset(open_post(_settings()))


@cache
def _seals() -> Seals:
    return Seals(_settings().secret_keys)


@cache
def _settings() -> Settings:
    return settings.load()
