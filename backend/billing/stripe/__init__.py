"""Stripe behind our Gateway: the only door to its library.

SDK, API version and the webhook endpoint's version belong together (VERSION). Objects of the SDK
are read here and nowhere else: asking.py is what we ask for, reading.py the facts of one payment,
listing.py what the nightly check reads, signing.py whether a message is Stripe's.
"""

from backend.billing.stripe.client import VERSION, Stripe

__all__ = ["VERSION", "Stripe"]
