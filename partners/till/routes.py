"""The till's controllers, under one way of telling refusals."""

from litestar import Router

from backend.kit.errors import DomainError
from partners.till import cashiers, enrolments, redemptions, refusals, reversals, scans

TILL = Router(
    path="/",
    route_handlers=[
        enrolments.index,
        enrolments.new,
        enrolments.create,
        scans.show,
        scans.create,
        redemptions.index,
        redemptions.create,
        reversals.new,
        reversals.create,
        cashiers.edit,
        cashiers.update,
    ],
    exception_handlers={DomainError: refusals.outside},
)
