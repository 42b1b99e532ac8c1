"""SMS by any provider that takes an HTTP call."""

from urllib.parse import quote

import httpx

from backend.notifications.gateway import Outgoing

SECONDS = 10.0
PLACES = ("{to}", "{text}", "{key}", "{from}")


class HttpSmsGateway:
    """`url` is a template: `{to}`, `{text}`, `{key}` and `{from}` are filled in, or they go as JSON.

    Name and password in the address become basic authorisation. Any answer but 2xx is a failure.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    async def send(self, message: Outgoing) -> None:
        facts = {
            "to": message.to,
            "text": message.text,
            "key": message.key,
            "from": message.sender,
        }
        templated = any(place in self.url for place in PLACES)
        async with httpx.AsyncClient(timeout=SECONDS) as http:
            answer = await http.post(
                _filled(self.url, facts),
                json=None if templated else {name: fact for name, fact in facts.items() if fact},
                headers={"idempotency-key": message.key},
            )
        answer.raise_for_status()


def _filled(url: str, facts: dict[str, str]) -> str:
    for name, value in facts.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url
