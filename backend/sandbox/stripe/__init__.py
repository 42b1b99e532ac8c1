"""A double of Stripe: a separate small program that speaks Stripe's HTTP API.

It knows nothing of the club. It serves the routes the club uses, a hosted payment page and a portal
(both labelled as simulated), signed webhooks, and a script of misfortunes under /_double/ for tests.
Version of the API: 2026-10-28.endive, the one of the pinned SDK.

    python -m backend.sandbox.stripe --port 8012 --webhook-url URL --webhook-secret SECRET

Where to read: routes.py is the API on one page; api.py is what each call passes through; checkout.py,
payments.py, subscriptions.py and refunds.py are what happens; objects/ is what things look like.
"""

API_VERSION = "2026-10-28.endive"
