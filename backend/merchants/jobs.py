"""What partners' contracts need by night, and the places that were kept long enough."""

from backend.merchants.service.lapses import write_off_dead
from backend.merchants.service.renewals import keep_up

__all__ = ["keep_up", "write_off_dead"]
