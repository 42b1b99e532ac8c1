"""A real SMTP server on loopback that keeps what it is given."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.smtp import free_port


class PostOffice:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    def start(self) -> None:
        self.controller.start()

    def stop(self) -> None:
        self.controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _: SMTP, __: Session, envelope: Envelope
    ) -> str:
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        self.mails.append(mail)  # type: ignore[arg-type]
        return "250 OK"

    def codes(self, address: str) -> list[str]:
        """The sign-in codes sent to an address, oldest first: six figures on a line of their own.
        Other mails may come around them, also from the test before, with numbers of receipts.
        """
        found = [
            re.search(r"^\s*(\d{6})\s*$", text_of(mail), re.MULTILINE)
            for mail in self.mails
            if address in str(mail["To"])
        ]
        return [code[1] for code in found if code]

    def code_for(self, address: str, *, nth: int = 1, within: float = 60) -> str:
        """The newest code to an address, once there are `nth` of them."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if len(codes := self.codes(address)) >= nth:
                return codes[-1]
            time.sleep(0.05)
        raise AssertionError(f"no code to {address}")


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return body.get_content() if body else ""
