"""Use cases of who is calling, by their subject; surfaces import this package as `identity`."""

from backend.identity.service.codes import Asked, Proof, ask_code, check_code, use_code
from backend.identity.service.contacts import add_contact, check_may_change, end_contact
from backend.identity.service.entries import (
    Choice,
    Entered,
    choose,
    follow_link,
    let_in,
    sign_in,
)
from backend.identity.service.factors import (
    Raised,
    begin_totp,
    confirm_totp,
    pass_code,
    renew_recovery_codes,
    revoke_factor,
)
from backend.identity.service.passkeys import (
    add_passkey,
    ask_passkey,
    begin_passkey,
    pass_passkey,
)
from backend.identity.service.retention import purge
from backend.identity.service.roles import (
    create_staff,
    end_referent,
    end_role,
    grant_role,
    invite_referent,
    login_link,
    resume,
    suspend,
)
from backend.identity.service.sessions import (
    end_all,
    end_others,
    end_session,
    open_session,
    raise_session,
    see,
    sign_out,
)

__all__ = [
    "Asked",
    "Choice",
    "Entered",
    "Proof",
    "Raised",
    "add_contact",
    "add_passkey",
    "ask_code",
    "ask_passkey",
    "begin_passkey",
    "begin_totp",
    "check_code",
    "check_may_change",
    "choose",
    "confirm_totp",
    "create_staff",
    "end_all",
    "end_contact",
    "end_others",
    "end_referent",
    "end_role",
    "end_session",
    "follow_link",
    "grant_role",
    "invite_referent",
    "let_in",
    "login_link",
    "open_session",
    "pass_code",
    "pass_passkey",
    "purge",
    "raise_session",
    "renew_recovery_codes",
    "resume",
    "revoke_factor",
    "see",
    "sign_in",
    "sign_out",
    "suspend",
    "use_code",
]
