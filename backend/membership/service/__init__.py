"""Use cases of membership: joining, paying, cards, prices."""

from backend.membership.service.bounces import bounce_cheque
from backend.membership.service.cards import make_paper_card, make_phone_card, revoke_card
from backend.membership.service.care import (
    add_contact,
    end_contact,
    hand_over,
    rename,
    see_file,
    see_household,
    see_person,
)
from backend.membership.service.categories import grant_months, set_category
from backend.membership.service.companions import add_adult, add_child, leave, move
from backend.membership.service.dues import (
    open_portal,
    order_dues,
    stop_monthly,
    take_dues,
)
from backend.membership.service.entering import ask_to_join, join_by_code
from backend.membership.service.fulfilment import fulfil
from backend.membership.service.handing import note_handed, print_papers
from backend.membership.service.homes import HomeWish, close_check
from backend.membership.service.households import (
    become_neighbours,
    come_back,
    confirm_stay,
    end_household,
    merge,
    rehouse,
    split,
)
from backend.membership.service.joining import Joined, JoinWish, join
from backend.membership.service.ladder import set_ladder
from backend.membership.service.parting import before_end
from backend.membership.service.periods import lock_household, start_period
from backend.membership.service.prices import set_price
from backend.membership.service.renewals import stop_renewing
from backend.membership.service.repaying import repay_dues
from backend.membership.service.transfers import match_transfer, order_transfer
from backend.membership.service.undoing import undo_dues, undo_months
from backend.membership.service.withdrawing import refund_dues, withdraw

__all__ = [
    "HomeWish",
    "JoinWish",
    "Joined",
    "add_adult",
    "add_child",
    "add_contact",
    "ask_to_join",
    "become_neighbours",
    "before_end",
    "bounce_cheque",
    "close_check",
    "come_back",
    "confirm_stay",
    "end_contact",
    "end_household",
    "fulfil",
    "grant_months",
    "hand_over",
    "join",
    "join_by_code",
    "leave",
    "lock_household",
    "make_paper_card",
    "make_phone_card",
    "match_transfer",
    "merge",
    "move",
    "note_handed",
    "open_portal",
    "order_dues",
    "order_transfer",
    "print_papers",
    "refund_dues",
    "rehouse",
    "rename",
    "repay_dues",
    "revoke_card",
    "see_file",
    "see_household",
    "see_person",
    "set_category",
    "set_ladder",
    "set_price",
    "split",
    "start_period",
    "stop_monthly",
    "stop_renewing",
    "take_dues",
    "undo_dues",
    "undo_months",
    "withdraw",
]
