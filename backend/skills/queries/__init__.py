"""Listings, exchanges and what waits for staff, as screens read them."""

from backend.skills.queries.at_counter import AtCounter, at_counter
from backend.skills.queries.exchanges import (
    ExchangeCard,
    ExchangePage,
    ExchangeSide,
    Said,
    find_exchange,
    given_and_received,
    mine_exchanges,
)
from backend.skills.queries.hours import Hours, Undecided, balance_of, hours_of, undecided
from backend.skills.queries.listings import (
    MOST_PAGES,
    PAGE,
    Found,
    ListingCard,
    MyListing,
    Newest,
    find_mine,
    get_listing,
    mine,
    newest,
    photo_of,
    search,
    still_listed,
    trade_of,
)
from backend.skills.queries.matching import Pair, pairs
from backend.skills.queries.meeting import Blocked, blocked_by, is_grown, may_meet
from backend.skills.queries.moderation import (
    Reported,
    ToReview,
    people_of_report,
    reports,
    to_review,
)
from backend.skills.queries.settings import Settings, settings

__all__ = [
    "MOST_PAGES",
    "PAGE",
    "AtCounter",
    "Blocked",
    "ExchangeCard",
    "ExchangePage",
    "ExchangeSide",
    "Found",
    "Hours",
    "ListingCard",
    "MyListing",
    "Newest",
    "Pair",
    "Reported",
    "Said",
    "Settings",
    "ToReview",
    "Undecided",
    "at_counter",
    "balance_of",
    "blocked_by",
    "find_exchange",
    "find_mine",
    "get_listing",
    "given_and_received",
    "hours_of",
    "is_grown",
    "may_meet",
    "mine",
    "mine_exchanges",
    "newest",
    "pairs",
    "people_of_report",
    "photo_of",
    "reports",
    "search",
    "settings",
    "still_listed",
    "to_review",
    "trade_of",
    "undecided",
]
