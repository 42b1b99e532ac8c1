"""Who is asked, in the order people read it. A capability that knows something of a person is here.

A new table that refers to a person, a household or a payer is told by its capability's
`privacy.ABOUT`, or stands in NOT_TOLD with its reason; a test looks.
"""

from backend.billing import privacy as billing
from backend.identity import privacy as identity
from backend.kit.dossier import Part
from backend.membership import privacy as membership
from backend.notifications import privacy as notifications
from backend.offers import privacy as offers
from backend.people import privacy as people
from backend.vouchers import privacy as vouchers

ABOUT: tuple[Part, ...] = (
    *people.ABOUT,
    *membership.ABOUT,
    *billing.ABOUT,
    *offers.ABOUT,
    *vouchers.ABOUT,
    *notifications.ABOUT,
    *identity.ABOUT,
)

NOT_TOLD = {
    "bank_account": "the club's own account; the person is who of the house changed it",
    "difference": "the treasurer's check of the same orders against Stripe",
    "drawer_deposit": "an act of staff at the cash drawer",
    "drawer_session": "an act of staff at the cash drawer",
    "dwelling_draft": "a landlord's list that somebody of the house is looking at; it names nobody",
    "erasure": "whoever stands there is erased and asks for nothing more",
    "journal_entry": "the club's accounts of the same payments, without names",
    "journal_line": "the club's accounts of the same payments, without names",
    "refused_attempt": "a shop's failed scan: which voucher, never the member",
    "retention_run": "an act of staff",
    "way_switch": "an act of staff",
}
