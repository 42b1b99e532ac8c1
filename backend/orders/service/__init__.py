"""Use cases of services at the counter, by what they are about."""

from backend.orders.service import ending

__all__ = ["ending"]
