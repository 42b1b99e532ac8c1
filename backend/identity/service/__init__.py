"""Use cases of who is calling, by their subject; surfaces import this package as `identity`."""

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
    "end_all",
    "end_others",
    "end_session",
    "open_session",
    "raise_session",
    "see",
    "sign_out",
]
