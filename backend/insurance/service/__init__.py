"""Use cases of insurance: offers and insurers by the office, referrals, certificates."""

from backend.insurance.service.agents import end_agent, invite_agent
from backend.insurance.service.certificates import choose_counted, record, record_for, remove
from backend.insurance.service.offers import (
    OfferWish,
    change_insurer,
    change_offer,
    close_insurer,
    draft_offer,
    publish_offer,
    register_insurer,
    reopen_insurer,
    take_back_offer,
)
from backend.insurance.service.referrals import Ask, ask, declare, declare_for, move, withdraw

__all__ = [
    "Ask",
    "OfferWish",
    "ask",
    "change_insurer",
    "change_offer",
    "choose_counted",
    "close_insurer",
    "declare",
    "declare_for",
    "draft_offer",
    "end_agent",
    "invite_agent",
    "move",
    "publish_offer",
    "record",
    "record_for",
    "register_insurer",
    "remove",
    "reopen_insurer",
    "take_back_offer",
    "withdraw",
]
