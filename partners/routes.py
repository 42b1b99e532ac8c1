"""Every controller that partners and their tills touch; web/app.py mounts them."""

from litestar.types import ControllerRouterHandler

from backend.settings import Settings
from partners.api.v1 import documents
from partners.insurers import home as insurers
from partners.portal.referrals import HANDLERS as LEADS
from partners.portal.routes import PORTAL
from partners.referents import certificates, report
from partners.referents import home as referents
from partners.shell import SPACES
from partners.till.routes import TILL

__all__ = ["SPACES", "handlers"]

API = [documents.show, documents.openapi, *documents.OPERATIONS]


def handlers(_: Settings) -> list[ControllerRouterHandler]:
    return [
        *API,
        TILL,
        *PORTAL,
        referents.index,
        report.show,
        report.print_,
        certificates.show,
        *insurers.HANDLERS,
        *LEADS,
    ]
