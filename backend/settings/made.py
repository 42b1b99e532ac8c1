"""The secrets of a demo or a test: made once, kept under its home, the same for all its processes."""

import base64
import json
import os
import tempfile
from pathlib import Path

# Stands in every secret we make up, so that production knows one when it is copied there.
DEMO_MARK = "demo-"
KEY_BYTES = 32


SECRETS = (
    "PALIER_SECRET_KEYS",
    "PALIER_SIGNING_KEYS",
    "PALIER_STRIPE_SECRET_KEY",
    "PALIER_STRIPE_WEBHOOK_SECRETS",
)


def kept(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, json.dumps(_fresh_secrets(), indent=2))
    found: dict[str, str] = json.loads(path.read_text())
    return found


def _write_once(path: Path, text: str) -> None:
    """Of two processes that start together one writes and both read the same, whole file."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mode 600 from the start
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def _fresh_secrets() -> dict[str, str]:
    # The lowest layer cannot ask kit/codes.py for chance.
    def drawn() -> str:
        return DEMO_MARK + base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=")

    return {
        "PALIER_SECRET_KEYS": drawn(),
        "PALIER_SIGNING_KEYS": drawn(),
        "PALIER_STRIPE_SECRET_KEY": "sk_test_" + drawn(),
        "PALIER_STRIPE_WEBHOOK_SECRETS": "whsec_" + drawn(),
    }
