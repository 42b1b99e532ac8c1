"""Who works in the office, and under what name an act is kept."""

from typing import Any

from litestar import Request

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.http.callers import get_caller, staff
from backend.http.scope import around
from backend.identity.rules import Role

AnyRequest = Request[Any, Any, Any]

MANAGER = staff(Role.MANAGER, Role.ADMIN)


def by(request: AnyRequest) -> By:
    """The signed-in person, as the record of acts names them."""
    return By(Actor.PERSON, get_caller(request).person_id, around(request).request_id)
