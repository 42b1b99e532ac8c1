"""Who is asked, in the order people read it. A capability that knows something of a person is here.

A new table that refers to a person, a household or a payer is told by its capability's
`privacy.ABOUT`, or stands in NOT_TOLD with its reason; a test looks.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from backend.activities import privacy as activities
from backend.audit import privacy as audit
from backend.billing import privacy as billing
from backend.campaigns import privacy as campaigns
from backend.identity import privacy as identity
from backend.insight import privacy as insight
from backend.insurance import privacy as insurance
from backend.kit.dossier import Gone, Hold, Part
from backend.lending import privacy as lending
from backend.membership import privacy as membership
from backend.membership import proofs
from backend.merchants import privacy as merchants
from backend.notifications import privacy as notifications
from backend.offers import privacy as offers
from backend.orders import privacy as orders
from backend.people import privacy as people
from backend.skills import privacy as skills
from backend.vouchers import privacy as vouchers

ABOUT: tuple[Part, ...] = (
    *people.ABOUT,
    *membership.ABOUT,
    *billing.ABOUT,
    *merchants.ABOUT,
    *offers.ABOUT,
    *vouchers.ABOUT,
    *insurance.ABOUT,
    *lending.ABOUT,
    *skills.ABOUT,
    *activities.ABOUT,
    *orders.ABOUT,
    *notifications.ABOUT,
    *campaigns.ABOUT,
    *identity.ABOUT,
    *insight.ABOUT,
)

NOT_TOLD = {
    "activity_series": "sessions that belong together; an act of staff",
    "bank_account": "the club's own account; the person is who of the house changed it",
    "closure_shift": "how a closure moved the times of a booking that is told",
    "contract_trade": "a trade of a firm's contract, which is told",
    "bulk_act": "an act of staff on many copies or loans",
    "damage_photo": "what a thing looked like when it came back, beside the debt that is told",
    "cheque_deposit": "an act of staff at the bank",
    "deposited_cheque": "an act of staff at the bank, with a cheque that is told",
    "desk_visit": "a place at the desk for a booking that is told",
    "difference": "the treasurer's check of the same orders against Stripe",
    "drawer_deposit": "an act of staff at the cash drawer",
    "drawer_session": "an act of staff at the cash drawer",
    "dwelling_draft": "a landlord's list that somebody of the house is looking at; it names nobody",
    "erasure": "whoever stands there is erased and asks for nothing more",
    "import_draft": "a list that somebody of the house is looking at",
    "invoice": "a firm's invoice, for dues that no household pays",
    "journal_line": "the club's accounts of the same payments, without names",
    "portal_visit": "a link to Stripe that was good for some minutes",
    "refused_attempt": "a shop's failed scan: which voucher, never the member",
    "retention_run": "an act of staff",
    "member_code": "what another register calls somebody; it goes with them",
    "kit_part": "what belongs to a kit that the club lends",
    "order_round": "what goes to a partner together; it names nobody",
    "ticket_move": "where an order that is told was, and when",
    "ticket_payment": "which part of a payment that is told is for an order",
    "offer_proposal": "a partner's offer, by who speaks for it; it names nobody",
    "shop_change": "a shop's hours, by who speaks for it; they name nobody",
    "shop_freedom": "an act of staff",
    "hours_account": "the sum of hours that are told",
    "hours_claim": "how long an exchange that is told took",
    "skill_proposal": "an act of staff",
    "prepared_list": "a list that somebody of the house takes away; it is gone after an hour",
    "register_entry": "whether a household that is told ever paid, and has an address",
    "saved_view": "filters that somebody of the office keeps; they name nobody",
    "target": "the budget or ceiling that somebody of the house set",
    "trade_place": "a firm's place among those of its trade",
    "ticket": "a thing that is being mended; an act of staff",
    "trade_wait": "a firm's line on a waiting list",
    "unit": "a copy of what the club lends, without who had it",
    "unmet_wish": "what could not be lent, without who asked",
    "upkeep_mark": "since when a copy of the club's was not looked after",
    "upkeep_plan": "how the club looks after what it lends",
    "way_switch": "an act of staff",
    "wish": "a place in line, beside the booking that is told",
}

# What may stand in the way of an erasure. A capability with something open adds its own: a loan
# that is not back, an invoice that is not paid.
HOLDS: tuple[Hold, ...] = (
    *membership.HOLDS,
    *vouchers.HOLDS,
    *lending.HOLDS,
    *activities.HOLDS,
    *orders.HOLDS,
    *identity.HOLDS,
)
# Who forgets, in the order of locks; people last, since the others still ask it who that was.
FORGET: tuple[Callable[[Gone], Awaitable[None]], ...] = (
    membership.forget,
    insight.forget,
    vouchers.forget,
    insurance.forget,
    activities.forget,
    lending.forget,
    skills.forget,
    orders.forget,
    offers.forget,
    merchants.forget,
    billing.forget,
    campaigns.forget,
    notifications.forget,
    identity.forget,
    people.forget,
)


class Trail(NamedTuple):
    """Rows that are kept for some months: `setting` says for how many."""

    name: str
    setting: str
    look: Callable[[datetime], Awaitable[int]]
    purge: Callable[[datetime], Awaitable[int]]


TRAILS = (
    Trail("audit", "logs_months", audit.count_old, audit.purge_old),
    Trail("refused", "logs_months", vouchers.count_old, vouchers.purge_old),
    Trail("signals", "logs_months", insight.count_old, insight.purge_old),
    Trail("applications", "prospects_months", merchants.count_refused, merchants.purge_refused),
    Trail("applicants", "prospects_months", merchants.count_left, merchants.forget_left),
    Trail("messages", "messages_months", notifications.count_old, notifications.purge_old),
    Trail("proofs", "proofs_months", proofs.count_old, proofs.purge_old),
    Trail("campaigns", "messages_months", campaigns.count_old, campaigns.purge_old),
    Trail("exchanges", "messages_months", skills.count_old, skills.purge_old),
    Trail("seats", "messages_months", activities.count_old, activities.purge_old),
    Trail("orders", "messages_months", orders.count_old, orders.purge_old),
    Trail("leads", "leads_months", insurance.count_old, insurance.purge_old),
    Trail("calls", "calls_months", insurance.count_waiting, insurance.withdraw_waiting),
)
