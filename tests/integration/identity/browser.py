"""What a person does on the pages of this house, step by step and without JavaScript."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import httpx

FIELD = re.compile(r'name="([a-z_]+)"\s+value="([^"]*)"')


async def submit(browser: httpx.AsyncClient, page: str, to: str = "", **typed: str):
    """Loads a page, fills its form and sends it, with the hidden fields it came with."""
    shown = await browser.get(page)
    return await browser.post(
        to or urlsplit(page).path, data={**hidden(shown.text), **typed}, follow_redirects=False
    )


def hidden(text: str) -> dict[str, str]:
    tags = re.findall(r"<input type=\"hidden\"[^>]*>", text)
    found = [FIELD.search(tag) for tag in tags]
    return {match[1]: html.unescape(match[2]) for match in found if match}


async def ask(browser: httpx.AsyncClient, address: str, door: str = "/connexion", suite: str = ""):
    """Asks for a code; the address of the page that wants it."""
    page = f"{door}?suite={suite}" if suite else door
    answer = await submit(browser, page, address=address)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def type_code(browser: httpx.AsyncClient, page: str, code: str):
    return await submit(browser, page, code=code)


async def sign_in(browser, mailbox, address: str, door: str = "/connexion", suite: str = ""):
    """The whole way in; the answer to the right code."""
    page = await ask(browser, address, door, suite)
    return await type_code(browser, page, mailbox.code_for(address))


def ticket_of(page: str) -> str:
    return parse_qs(urlsplit(page).query)["demande"][0]
