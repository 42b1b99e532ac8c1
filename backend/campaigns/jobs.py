"""What workers do for campaigns: those whose hour has come, and the letters of the bulk lane."""

from backend.campaigns import planning
from backend.campaigns.sending import senders
from backend.kit.outbox import Send

LEAVES: dict[str, Send] = {planning.LEAVE: planning.wake}

__all__ = ["LEAVES", "senders"]
