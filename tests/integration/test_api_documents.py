"""The API's contract, for programs and for people."""

import re


async def test_document_says_every_answer(client):
    answer = await client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    assert sorted(paths) == [
        "/api/v1/looks",
        "/api/v1/redemptions",
        "/api/v1/redemptions/{redemption_id}/reversal",
        "/api/v1/till",
    ]


async def test_page_is_readable_when_nobody_is_signed_in(client):
    answer = await client.get("/api/v1")
    assert answer.status_code == 200
    assert "already_redeemed" in answer.text
    assert re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="(?:https?:)?//', answer.text) == []
