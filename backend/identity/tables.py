"""Sign-in codes, sessions, second factors, roles."""

from backend.identity.rules import FactorKind, Purpose, Role, SessionKind
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    binary,
    document,
    instant,
    integer,
    refers,
    text,
    word,
)
from backend.people.rules import Channel


class RoleGrant(Row):
    """A role of a person, over one partner, site or landlord where it has a scope."""

    person = refers("Person", "people", on_delete=RESTRICT)
    role = word(Role)
    scope_id = integer(null=True)
    granted_at = instant()
    granted_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    ended_at = instant(null=True)

    once = PartialUnique(["person", "role", "coalesce(scope_id, 0)"], where="ended_at IS NULL")
    scoped = Check("(role IN ('merchant', 'insurer', 'referent')) = (scope_id IS NOT NULL)")


class Workplace(Row):
    """The site where somebody of the house works, from a moment to a moment; none: everywhere."""

    person = refers("Person", "people", on_delete=RESTRICT)
    site = refers("Site", "places", on_delete=RESTRICT)
    since = instant()
    left_at = instant(null=True)

    one_now = PartialUnique(["person"], where="left_at IS NULL")


class Suspension(Row):
    """A suspended person has no session and gets no code."""

    person = refers("Person", "people", on_delete=RESTRICT)
    since = instant()
    until = instant(null=True)
    by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    reason = text()


class SignInCode(Row):
    """One code sent to one address (SEC5). `ticket_hash` ties it to the page that asked.

    Where several persons share the address, `used_at` is when the code came back and `chosen_at`
    when one of them was chosen. A staff link is a row without a code: its ticket is the link.
    """

    ticket_hash = binary(unique=True)
    purpose = word(Purpose)
    session_kind = word(SessionKind)
    channel = word(Channel)
    value = text()
    code_hash = binary()
    salt = binary()
    payload = document()
    created_at = instant()
    expires_at = instant()
    tries = integer(default=0)
    used_at = instant(null=True)
    chosen_at = instant(null=True)

    newest = Index(["value", "created_at"])
    few_tries = Check("tries <= 5")


class Session(Row):
    """Only the SHA-256 of the cookie is stored; a new one at each sign-in (SEC1).

    `challenge` is what a passkey was last asked to sign here; it is taken away when answered.
    """

    public_id = text(unique=True)
    token_hash = binary(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT)
    kind = word(SessionKind)
    device = text()
    created_at = instant()
    seen_at = instant()
    second_factor_at = instant(null=True)
    sudo_at = instant(null=True)
    challenge = binary(null=True)
    revoked_at = instant(null=True)

    alive = Index(["person"], where="revoked_at IS NULL")


class Factor(Row):
    """A second factor; the TOTP secret is stored sealed, the last step used is never used again."""

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT)
    kind = word(FactorKind)
    name = text()
    sealed = binary()
    credential_id = binary(null=True, unique=True)
    counter = integer(default=0)
    created_at = instant()
    confirmed_at = instant(null=True)
    used_at = instant(null=True)
    revoked_at = instant(null=True)


class RecoveryCode(Row):
    person = refers("Person", "people", on_delete=RESTRICT)
    code_hash = binary()
    created_at = instant()
    used_at = instant(null=True)

    once = Unique(["person", "code_hash"])
