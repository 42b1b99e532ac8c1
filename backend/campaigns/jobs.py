"""What workers do for campaigns: the letters of the bulk lane."""

from backend.campaigns.sending import senders

__all__ = ["senders"]
