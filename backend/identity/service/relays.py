"""One computer, several colleagues: who leaves the counter keeps their session there, without its
second factor, and comes back by giving that factor alone, within the limits of the session (SEC4).
"""

from backend.audit import service as audit
from backend.identity.errors import Unauthenticated
from backend.identity.queries import SignedIn
from backend.identity.service.sessions import sign_out
from backend.identity.visits import Visit
from backend.kit import codes
from backend.kit.database import fetch_value, transaction


async def park(visit: Visit, caller: SignedIn) -> str | None:
    """The session goes on under a new token, which opens nothing before the second factor is given.

    Its time goes on running. Who has no factor could be asked for none: their session ends, None.
    Raises Unauthenticated where it ended meanwhile.
    """
    if not caller.has_factor:
        await sign_out(visit, caller)
        return None
    token = codes.random_token()
    async with transaction():
        parked = await fetch_value(
            "UPDATE session SET token_hash = $2, second_factor_at = NULL, sudo_at = NULL,"
            " challenge = NULL WHERE id = $1 AND revoked_at IS NULL RETURNING id",
            caller.session_id,
            codes.hash_token(token),
        )
        if parked is None:
            raise Unauthenticated
        by = visit.by(caller.person_id)
        await audit.note("session.park", by, subject_id=caller.person_id)
    return token
