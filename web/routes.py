"""Every controller of the surfaces, space by space."""

from litestar.types import ControllerRouterHandler

from backend.settings import Settings
from web.desk import second_factor, second_factor_setup
from web.desk.routes import HANDLERS as DESK
from web.hooks import providers, stripe
from web.member import account, account_contacts, consents, dossier, dues, erasure, phones
from web.member.routes import HANDLERS as MEMBER
from web.office.routes import HANDLERS as OFFICE
from web.public import (
    agenda,
    calendars,
    certificates,
    health,
    home,
    join,
    legal,
    logo,
    partners,
    rounds,
    sign_in,
    sign_in_codes,
    sign_in_links,
    sign_outs,
    sites,
    unsubscriptions,
    worker,
)

# Who is calling: the doors, second factors, one's own account.
IDENTITY = [
    *sign_in.HANDLERS,
    *sign_in_codes.HANDLERS,
    *sign_in_links.HANDLERS,
    *sign_outs.HANDLERS,
    *second_factor.HANDLERS,
    *second_factor_setup.HANDLERS,
    *account.HANDLERS,
    *account_contacts.HANDLERS,
    *consents.HANDLERS,
    *phones.HANDLERS,
    *dossier.HANDLERS,
    *erasure.HANDLERS,
    *calendars.HANDLERS,
    *certificates.HANDLERS,
    *unsubscriptions.HANDLERS,
]

# Joining and paying.
DUES = [*join.HANDLERS, *dues.HANDLERS, *legal.HANDLERS, stripe.create, *providers.HANDLERS]


def handlers(_: Settings) -> list[ControllerRouterHandler]:
    return [
        home.show,
        logo.show,
        health.live,
        health.ready,
        worker.show,
        *IDENTITY,
        *DESK,
        *MEMBER,
        *DUES,
        *sites.HANDLERS,
        *rounds.HANDLERS,
        *agenda.HANDLERS,
        *partners.HANDLERS,
        *OFFICE,
    ]
