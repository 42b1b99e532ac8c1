async def test_home_answers_when_nobody_is_signed_in(client):
    answer = await client.get("/")
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert "set-cookie" not in answer.headers


async def test_ready_says_what_works(client):
    answer = await client.get("/health/ready")
    assert answer.json()["migrations"] is True


async def test_unknown_address_is_a_calm_french_page(client):
    answer = await client.get("/nulle-part")
    assert answer.status_code == 404
    assert "content-security-policy" in answer.headers
    assert "Nous ne trouvons pas" in answer.text
