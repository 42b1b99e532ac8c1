"""At the counter, for who has no telephone: a call asked for, a certificate noted, with what was said (D6)."""

from datetime import timedelta

import asyncpg
import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.insurance import certificates, jobs, referrals, rules
from backend.insurance import service as insurance
from backend.insurance.privacy import ABOUT
from backend.insurance.rules import ReferralKind
from backend.kit import clock, formats
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership import queries as membership
from backend.membership.queries import Member
from backend.notifications.post import deliver, open_post
from tests import sign_in
from tests.factories import add_member
from tests.integration.desk.conftest import Counter, unpacked, words
from tests.integration.insurance.conftest import add_firm, add_insurance
from tests.integration.statements import statements


async def add_odette(address: str | None = None) -> tuple[str, Member]:
    """A member without e-mail or telephone, unless there is an address; where her file is."""
    odette = await add_member("Odette", "Leroy", address)
    return f"/comptoir/personnes/{odette.person_public_id}", odette


async def acts(person_id: int) -> list[tuple[str, int]]:
    rows = await fetch(
        "SELECT verb, actor_id FROM audit_entry WHERE subject_id = $1"
        " AND split_part(verb, '.', 1) IN ('referral', 'certificate') ORDER BY id",
        person_id,
    )
    return [tuple(row) for row in rows]


def call(name: str, kind: ReferralKind, **change: str) -> dict[str, str]:
    """The form of a call, as the page has it."""
    said = {
        "contact": "03 22 91 00 11",
        "slot": "morning",
        "source": "phone",
        "agreed": "1",
        "read": rules.agreement(name, kind),
    }
    return {**said, **change}


async def test_clerk_asks_an_insurer_to_call_somebody(desk: Counter, mailbox, settings):
    """I3, D6: the words read aloud are kept, with who heard the yes and how; she has a trace."""
    at, odette = await add_odette()
    offer = await add_insurance()
    assert "Assurance du palier" in await desk.open(f"{at}/rappels/nouveau")
    form = f"{at}/rappels/assureur/{offer.public_id}"
    shown = await desk.open(form)
    agreed = rules.agreement("Cabinet Gouttière", ReferralKind.INSURER)
    assert all(line in shown for line in agreed.split("\n"))
    sent = call("Cabinet Gouttière", ReferralKind.INSURER)
    unsaid = await desk.send(form, **{**sent, "agreed": ""})
    assert unsaid.status_code == 422
    assert "Cochez la case quand la personne a dit oui." in words(unsaid.text)
    assert (await desk.send(form, **{**sent, "read": "autre"})).status_code == 409
    assert await fetch_value("SELECT count(*) FROM referral") == 0
    await desk.done(form, **sent)
    row = await fetch_one("SELECT * FROM referral")
    assert (row["person"], row["recorded_by"]) == (odette.person_id, desk.person_id)
    assert (row["source"], row["text_shown"]) == ("phone", agreed)
    assert (row["name"], row["contact"]) == ("Odette Leroy", "+33322910011")
    assert await acts(odette.person_id) == [("referral.ask", desk.person_id)]
    await deliver(open_post(settings))
    assert "Leroy" not in mailbox.text_to("appels@gouttiere.example")
    paper = unpacked(await desk.paper(f"{at}/suivi"))
    assert b"Cabinet" in paper or len(paper) > 2000
    for change in ("source = 'online', recorded_by = NULL", "source = 'desk'"):
        with pytest.raises(asyncpg.CheckViolationError, match="stays"):
            await fetch(f"UPDATE referral SET {change}")
    assert "par téléphone" in await desk.open(f"{at}/assurance")


async def test_counter_gives_no_yes_that_looks_like_her_own(desk: Counter):
    """D6, I3: what is heard at the counter is never written down as given online."""
    at, odette = await add_odette()
    offer = await add_insurance()
    agreed = call("Cabinet Gouttière", ReferralKind.INSURER, source="online")
    end = (clock.today() + timedelta(days=100)).isoformat()
    for path, sent in (
        (f"rappels/assureur/{offer.public_id}", agreed),
        ("assurance/attestation", {**agreed, "ends_on": end, "read": rules.CERTIFICATE_AGREEMENT}),
        ("consentements", {"source": "online", "news-email": "1"}),
    ):
        await desk.open(f"{at}/assurance")
        assert (await desk.send(f"{at}/{path}", **sent)).status_code == 422, path
    assert await acts(odette.person_id) == []


async def test_counter_leaves_the_paper_that_she_keeps_herself(desk: Counter):
    """I4: what she uploaded is hers to see and to take away."""
    at, odette = await add_odette()
    end = clock.today() + timedelta(days=100)
    await insurance.record(By(Actor.PERSON, odette.person_id), odette.person_id, end, None)
    await desk.open(f"{at}/assurance")
    assert (await desk.send(f"{at}/assurance/attestation/fin")).status_code == 404
    assert await certificates.mine(odette.person_id) is not None


async def test_somebody_takes_it_back_at_the_counter(desk: Counter, mailbox, settings):
    """I3, D6: withdrawn at will without a telephone too; name and contact go, the trace stays."""
    at, odette = await add_odette()
    firm = await add_firm()
    form = f"{at}/rappels/artisan/{firm.public_id}"
    await desk.done(form, **call("Plomberie Fildeau", ReferralKind.FIRM))
    public_id = await fetch_value("SELECT public_id FROM referral")
    await desk.done(f"{at}/rappels/fin", request=public_id)
    row = await fetch_one("SELECT state, name, contact FROM referral")
    assert tuple(row) == ("withdrawn", "", "")
    verbs = [verb for verb, _ in await acts(odette.person_id)]
    assert verbs == ["referral.ask", "referral.withdraw"]
    _, other = await add_odette()
    unknown = await desk.send(
        f"/comptoir/personnes/{other.person_public_id}/rappels/fin", request=public_id
    )
    assert unknown.status_code == 404


async def test_clerk_notes_the_end_of_a_certificate(desk: Counter):
    """I4, D6: its last day and no copy; who heard the yes, how, and to which words."""
    at, odette = await add_odette()
    end = clock.today() + timedelta(days=100)
    said = {
        "ends_on": end.isoformat(),
        "source": "desk",
        "agreed": "1",
        "read": rules.CERTIFICATE_AGREEMENT,
    }
    form = f"{at}/assurance/attestation"
    assert (await desk.send(form, **{**said, "agreed": ""})).status_code == 422
    assert (await desk.send(form, **{**said, "read": ""})).status_code == 409
    assert (await desk.send(form, **{**said, "ends_on": "2020-01-01"})).status_code == 422
    assert await certificates.mine(odette.person_id) is None
    await desk.done(form, **said)
    row = await fetch_one("SELECT * FROM insurance_certificate")
    assert (row["source"], row["recorded_by"], row["file"]) == ("desk", desk.person_id, None)
    assert row["text_shown"] == rules.CERTIFICATE_AGREEMENT
    assert formats.day(end) in await desk.open(f"{at}/assurance")
    assert not await certificates.is_counted(odette.person_id)
    await desk.done(f"{at}/assurance/attestation/fin")
    assert await certificates.mine(odette.person_id) is None
    verbs = [verb for verb, _ in await acts(odette.person_id)]
    assert verbs == ["certificate.record", "certificate.remove"]
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'desk.act'") == 2


async def test_reminder_waits_on_paper_for_who_has_no_address(desk: Counter):
    """I4: 45 and 15 days before, on the paper that the counter hands over."""
    at, odette = await add_odette()
    end = clock.today() + timedelta(days=60)
    said = {"ends_on": end.isoformat(), "source": "paper", "agreed": "1"}
    await desk.done(f"{at}/assurance/attestation", **said, read=rules.CERTIFICATE_AGREEMENT)
    await desk.paper(f"{at}/suivi")
    assert await certificates.on_paper(odette.person_id) == []
    with clock.travel(timedelta(days=16)):
        await jobs.remind()
    (waits,) = await certificates.on_paper(odette.person_id)
    assert waits.ends_on == end
    await desk.paper(f"{at}/suivi")
    assert await certificates.on_paper(odette.person_id) == []


async def test_member_reads_what_the_counter_wrote_down(desk: Counter, client):
    """D6, I3, I4: on her own pages and in her data: by whom, how, and to which words."""
    at, odette = await add_odette("odette@example.org")
    offer = await add_insurance()
    await desk.done(
        f"{at}/rappels/assureur/{offer.public_id}",
        **call("Cabinet Gouttière", ReferralKind.INSURER),
    )
    end = (clock.today() + timedelta(days=100)).isoformat()
    said = {"ends_on": end, "source": "desk", "agreed": "1", "read": rules.CERTIFICATE_AGREEMENT}
    await desk.done(f"{at}/assurance/attestation", **said)
    await sign_in.as_tenant(client, desk.settings, odette.person_id)
    mine = words((await client.get("/compte/demandes")).text)
    assert "Dit par téléphone, noté par Nadia Comptoir." in mine
    paper = words((await client.get("/compte/attestation")).text)
    assert "Dite au comptoir, notée par Nadia Comptoir" in paper
    assert "Vous seul la lisez" not in paper
    told = [(await fetch(part.sql, odette.person_id))[0]["recorded_by"] for part in ABOUT[:2]]
    assert told == ["Nadia Comptoir"] * 2


async def test_counter_learns_nothing_of_what_a_member_noted_alone(desk: Counter):
    """I4: the last day that a member typed is on no page of the club."""
    at, odette = await add_odette()
    end = clock.today() + timedelta(days=100)
    await insurance.record(By(Actor.PERSON, odette.person_id), odette.person_id, end, None)
    page = await desk.open(f"{at}/assurance")
    assert formats.day(end) not in page
    assert end.isoformat() not in page
    assert "Cette personne en a déjà noté une." in page


async def test_pages_of_insurance_ask_little_of_the_database(desk: Counter):
    """PERF6: at most 6 statements a page, the look at the file left out."""
    at, odette = await add_odette()
    offer, _ = await add_insurance(), await add_firm()
    assert [one.name for one in await referrals.callers()] == [
        "Cabinet Gouttière",
        "Plomberie Fildeau",
    ]
    assert await membership.find_member(odette.person_id) is not None
    for path in ("/assurance", "/rappels/nouveau", f"/rappels/assureur/{offer.public_id}"):
        await desk.open(f"{at}{path}")
        async with statements() as said:
            await desk.open(f"{at}{path}")
        assert len(said) <= 6, "\n".join(each[:90] for each in said)
    for lost in ("/rappels/assureur/x", "/rappels/autre/x", "/rappels/artisan/x"):
        assert (await desk.browser.get(f"{at}{lost}")).status_code == 404
