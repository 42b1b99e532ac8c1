"""Use cases of partners: the club's, merchants', and those of a device that is enrolled."""

from backend.merchants.service.applying import (
    Application,
    accept_application,
    apply,
    refuse_application,
)
from backend.merchants.service.asking import set_terms
from backend.merchants.service.contracts import accept_contract
from backend.merchants.service.drawing import Draft, draw_contract
from backend.merchants.service.dues import Ordered, match_transfer, order_dues
from backend.merchants.service.fulfilment import fulfil
from backend.merchants.service.leaving import end_contract
from backend.merchants.service.partners import (
    NewPartner,
    PartnerWish,
    change_partner,
    close_partner,
    register_partner,
    reopen_partner,
)
from backend.merchants.service.repaying import repay_dues
from backend.merchants.service.shops import NewShop, ShopWish, change_shop, close_shop, open_shop
from backend.merchants.service.territories import (
    change_territory,
    make_territory,
    remove_territory,
)
from backend.merchants.service.tills import (
    LONGEST_FIRST_NAME,
    MOST_CASHIERS,
    Enrolled,
    NewTill,
    enrol,
    make_till,
    name_cashiers,
    relink_till,
    rename_till,
    revoke_till,
    see_till,
)
from backend.merchants.service.turns import line_up_again, release_trade, take_place

__all__ = [
    "LONGEST_FIRST_NAME",
    "MOST_CASHIERS",
    "Application",
    "Draft",
    "Enrolled",
    "NewPartner",
    "NewShop",
    "NewTill",
    "Ordered",
    "PartnerWish",
    "ShopWish",
    "accept_application",
    "accept_contract",
    "apply",
    "change_partner",
    "change_shop",
    "change_territory",
    "close_partner",
    "close_shop",
    "draw_contract",
    "end_contract",
    "enrol",
    "fulfil",
    "line_up_again",
    "make_territory",
    "make_till",
    "match_transfer",
    "name_cashiers",
    "open_shop",
    "order_dues",
    "refuse_application",
    "register_partner",
    "release_trade",
    "relink_till",
    "remove_territory",
    "rename_till",
    "reopen_partner",
    "repay_dues",
    "revoke_till",
    "see_till",
    "set_terms",
    "take_place",
]
