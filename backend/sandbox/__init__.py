"""What only a demo or a test needs: the Stripe double, the demo club, the demo mailbox.

Production refuses to load any of it: whoever reads the mailbox could sign in as anybody.
"""

import os

from backend.settings import Env


class SandboxClosed(ImportError):
    """PALIER_ENV does not say demo or test, so this is production."""


if os.environ.get("PALIER_ENV", "").strip() not in {Env.DEMO, Env.TEST}:
    raise SandboxClosed("backend.sandbox is for PALIER_ENV=demo or test: production never loads it")
