"""Use cases of membership: joining, paying, cards, prices."""

from backend.membership.service.cards import make_paper_card, make_phone_card, revoke_card
from backend.membership.service.dues import (
    fulfil,
    order_dues,
    stop_monthly,
    take_dues,
)
from backend.membership.service.joining import (
    Joined,
    JoinWish,
    add_adult,
    add_child,
    close_check,
    join,
    leave,
)
from backend.membership.service.periods import lock_household, start_period
from backend.membership.service.prices import set_price

__all__ = [
    "JoinWish",
    "Joined",
    "add_adult",
    "add_child",
    "close_check",
    "fulfil",
    "join",
    "leave",
    "lock_household",
    "make_paper_card",
    "make_phone_card",
    "order_dues",
    "revoke_card",
    "set_price",
    "start_period",
    "stop_monthly",
    "take_dues",
]
