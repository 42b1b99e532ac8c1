"""What may be wrong with a code before anything is looked up.

They keep Invalid's slug, so that a till hears only reasons of its closed list (V14); `reason`
among the facts tells them apart.
"""

from typing import Any

from backend.kit.errors import N_, Invalid


class CodeUnreadable(Invalid):
    reason = "unreadable"
    sentence = N_("Ce code n'est pas un code du club.")
    next = N_("Scannez le code du bon ou de la carte, ou tapez les 12 signes.")

    def __init__(self, **facts: Any) -> None:
        super().__init__(reason=self.reason, **facts)


class CodeMistyped(CodeUnreadable):
    reason = "mistyped"
    sentence = N_("Il y a une faute de frappe dans ce code.")
    next = N_("Relisez les 12 signes, puis tapez-les à nouveau.")


class ScannerLayout(CodeUnreadable):
    """A keyboard scanner and the PC do not mean the same keys (V40)."""

    reason = "scanner_layout"
    sentence = N_("Le lecteur n'écrit pas comme le clavier de l'ordinateur.")
    next = N_("Réglez le lecteur en français et éteignez la touche Verr. Maj.")
