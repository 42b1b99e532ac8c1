"""Use cases of partners: the club's, merchants', and those of a device that is enrolled."""

from backend.merchants.service.applying import (
    Application,
    accept_application,
    apply,
    refuse_application,
)
from backend.merchants.service.asking import set_terms
from backend.merchants.service.contracts import (
    Draft,
    accept_contract,
    draw_contract,
    end_contract,
    release_trade,
    take_place,
)
from backend.merchants.service.dues import Ordered, match_transfer, order_dues
from backend.merchants.service.fulfilment import fulfil
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
