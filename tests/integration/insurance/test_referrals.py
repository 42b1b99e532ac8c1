"""A member asks to be called: agreed to word for word, shown to one side only, withdrawn at will."""

import html
from datetime import timedelta

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.identity import queries as identity
from backend.identity.rules import SessionKind
from backend.insight import yearly
from backend.insurance import queries, referrals, rules
from backend.insurance import service as insurance
from backend.insurance.errors import (
    AgreementMissing,
    AgreementMoved,
    ContactUnreadable,
    DuesNeeded,
    InsurerAwaited,
    MoveImpossible,
    NobodyCalls,
    NotForYou,
    NotWithClub,
    ReferralUnknown,
)
from backend.insurance.rules import ReferralKind, ReferralState
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership import queries as membership
from backend.membership import service as membership_service
from backend.merchants import service as merchants
from backend.merchants.rules import EndReason, PartnerCategory, PartnerKind
from backend.merchants.service import PartnerWish
from backend.notifications.post import deliver, open_post
from backend.people.rules import Address, Channel
from backend.privacy import retention
from backend.privacy.rules import Retention
from tests import factories
from tests.contracts import add_contract
from tests.integration.desk.conftest import words
from tests.integration.insurance.conftest import (
    add_firm,
    add_insurance,
    add_insurer,
    ask_firm,
    ask_insurer,
)
from tests.integration.statements import statements

INSURER, FIRM = ReferralKind.INSURER, ReferralKind.FIRM


async def test_request_keeps_what_was_agreed_to(db):
    """I3: purpose, channel, the exact text, time, recipient and slot are stored, and cannot change."""
    alice, offer = await factories.add_member("Alice", "Quenneville"), await add_insurance()
    with clock.frozen(clock.now()):
        at = clock.now()
        public_id = await ask_insurer(alice, offer)
    row = await fetch_one("SELECT * FROM referral WHERE public_id = $1", public_id)
    assert row["purpose"] == rules.PURPOSES[INSURER]
    assert row["channel"] == "phone"
    assert row["text_shown"] == rules.agreement("Cabinet Gouttière", INSURER)
    assert (row["recipient"], row["slot"], row["sent_at"]) == ("Cabinet Gouttière", "evening", at)
    assert (row["name"], row["contact"]) == ("Alice Quenneville", "+33639981234")
    for change in ("text_shown = 'autre'", "purpose = ''", "sent_at = now()", "recipient = ''"):
        with pytest.raises(asyncpg.CheckViolationError, match="stays"):
            await fetch(f"UPDATE referral SET {change} WHERE public_id = $1", public_id)


async def test_mail_to_the_insurer_says_only_that_someone_waits(db, settings, mailbox):
    """I3: neither name, nor contact, nor slot leaves the insurer's space."""
    alice = await factories.add_member("Alice", "Quenneville", "alice@example.org")
    await ask_insurer(alice, await add_insurance())
    await deliver(open_post(settings))
    said = mailbox.text_to("appels@gouttiere.example")
    assert "demande à être rappelé" in said
    for hidden in ("Alice", "Quenneville", "alice@", "39 98 12 34", "639981234", "soir"):
        assert hidden not in said
    kept = await fetch_value(
        "SELECT string_agg(payload::text, ' ') FROM outbox WHERE key LIKE 'referral%'"
    )
    assert "Quenneville" not in (kept or "")


async def test_insurer_sees_name_contact_and_slot_and_nothing_else(page):
    """I3, V35: what was handed over is all there is: not the household, not the dwelling, not the dues."""
    alice = await factories.add_member("Alice", "Quenneville", "alice@example.org")
    offer = await add_insurance()
    await ask_insurer(alice, offer)
    await page.as_agent(offer.insurer_id)
    async with statements() as said:
        shown = html.unescape(await page.words("/assureur"))
    assert len(said) <= 6, "PERF6"
    assert "Alice Quenneville" in shown
    assert "06 39 98 12 34" in shown
    assert "de 18 h à 20 h" in shown
    for hidden in ("alice@example.org", alice.household_public_id, alice.person_public_id):
        assert hidden not in shown
    assert "80000" not in words(shown)


async def test_other_insurer_sees_nobody(page):
    """SEC11: each agent sees the requests made to their own insurer."""
    offer, other = await add_insurance(), await add_insurer("Autre cabinet")
    public_id = await ask_insurer(await factories.add_member("Alice", "Quenneville"), offer)
    await page.as_agent(other.id)
    assert "Quenneville" not in await page.words("/assureur")
    answer = await page.send(f"/assureur/demandes/{public_id}/etat", {"state": "contacted"})
    assert answer.status_code == 404


async def test_withdrawal_stops_transmission_and_is_passed_on(page, mailbox):
    """I3: at once, by the member alone, at any moment; the insurer hears that one went, never who."""
    alice, offer = await factories.add_member("Alice", "Quenneville"), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    await page.as_member(alice)
    assert "Cabinet Gouttière" in await page.words("/compte/demandes")
    await page.done(f"/compte/demandes/{public_id}/retrait")
    assert "Vos coordonnées ne sont plus montrées." in await page.words("/compte/demandes")
    row = await fetch_one("SELECT state, name, contact FROM referral")
    assert dict(row) == {"state": "withdrawn", "name": "", "contact": ""}
    await page.as_agent(offer.insurer_id)
    shown = html.unescape(await page.words("/assureur"))
    assert "Quenneville" not in shown
    assert "39 98 12 34" not in shown
    assert "Retirée : n’appelez plus" in shown
    await deliver(open_post(page.settings))
    said = mailbox.text_to("appels@gouttiere.example")
    assert referrals.number(public_id) in said
    assert "ne veut plus être appelée" in said
    assert "Quenneville" not in said
    answer = await page.send(f"/assureur/demandes/{public_id}/etat", {"state": "contacted"})
    assert answer.status_code == 404


async def test_withdrawal_is_said_once_when_it_is_asked_twice(db):
    alice, offer = await factories.add_member(), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    await insurance.withdraw(SYSTEM, alice.person_id, public_id)
    await insurance.withdraw(SYSTEM, alice.person_id, public_id)
    told = await fetch_value("SELECT count(*) FROM message WHERE kind = 'referral.withdrawn'")
    assert told == 1
    bob = await factories.add_member("Bob", "Petit")
    with pytest.raises(ReferralUnknown):
        await insurance.withdraw(SYSTEM, bob.person_id, public_id)


async def test_name_goes_and_the_contract_stays_counted_when_a_signed_one_is_withdrawn(db):
    """I3, I6: withdrawal is at will, also afterwards; the club's count does not change."""
    alice, offer = await factories.add_member(), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
    await insurance.declare(SYSTEM, alice.person_id, public_id, 15_000)
    await insurance.withdraw(SYSTEM, alice.person_id, public_id)
    row = await fetch_one("SELECT state, name, contact, saving_cents FROM referral")
    assert tuple(row) == ("signed", "", "", 15_000)
    found = (await queries.figures(clock.today())).of_insurers
    assert (found.signed, found.saved_cents) == (1, 15_000)


async def test_contract_stays_in_its_year_when_the_name_goes_in_another(db):
    """I3, I6: taking one's name back a year later moves no signed contract to that year."""
    alice, offer = await factories.add_member(), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
    await insurance.declare(SYSTEM, alice.person_id, public_id, 15_000)
    first = clock.today().replace(month=1, day=1)
    next_first = first.replace(year=first.year + 1)
    with clock.travel(timedelta(days=366)):
        await insurance.withdraw(SYSTEM, alice.person_id, public_id)
    eve = next_first - timedelta(days=1)
    signed = await yearly.contracts(None, first, eve)
    assert (signed.signed, signed.saved_cents) == (1, 15_000)
    assert (await queries.confirmed(first, eve, None)).contracts == 1
    end = next_first.replace(month=12, day=31)
    assert (await yearly.contracts(None, next_first, end)).signed == 0
    assert (await queries.confirmed(next_first, end, None)).contracts == 0


async def walk(kind: ReferralKind, scope: int, public_id: str, *states: str) -> None:
    for state in states:
        await insurance.move(SYSTEM, kind, frozenset({scope}), public_id, ReferralState(state))


def test_table_of_moves_is_that_of_the_states():
    """V35: sent, contacted, quoted, signed, refused, withdrawn, nothing else."""
    assert set(rules.MOVES) == set(ReferralState)
    ends = {state for state, after in rules.MOVES.items() if not after}
    assert ends == {ReferralState.SIGNED, ReferralState.REFUSED, ReferralState.WITHDRAWN}


@pytest.mark.parametrize("kind", ReferralKind)
@pytest.mark.parametrize("before", ReferralState)
@pytest.mark.parametrize("after", ReferralState)
async def test_one_life_for_insurer_and_firm(db, kind, before, after):
    """V35: one table of moves for both, held by the rules and by the database; only firms quote."""
    alice = await factories.add_member()
    offer, firm = await add_insurance(), await add_firm()
    insured = kind is INSURER
    public_id = await ask_insurer(alice, offer) if insured else await ask_firm(alice, firm)
    scope = offer.insurer_id if insured else firm.id
    if before is ReferralState.QUOTED and insured:
        return
    ways = {
        ReferralState.SENT: (),
        ReferralState.CONTACTED: ("contacted",),
        ReferralState.QUOTED: ("contacted", "quoted"),
        ReferralState.SIGNED: ("contacted", "signed"),
        ReferralState.REFUSED: ("refused",),
        ReferralState.WITHDRAWN: (),
    }
    await walk(kind, scope, public_id, *ways[before])
    if before is ReferralState.WITHDRAWN:
        await insurance.withdraw(SYSTEM, alice.person_id, public_id)
    may = after in rules.MOVES[before] and not (after is ReferralState.QUOTED and insured)
    if may and after is not ReferralState.WITHDRAWN:
        await walk(kind, scope, public_id, after)
        assert await fetch_value("SELECT state FROM referral") == after
        return
    with pytest.raises((MoveImpossible, ReferralUnknown)):
        await walk(kind, scope, public_id, after)
    if not may and after is not before:
        with pytest.raises(asyncpg.CheckViolationError):
            await fetch(
                "UPDATE referral SET state = $1, name = '', contact = '',"
                " withdrawn_at = coalesce(withdrawn_at, now())",
                after.value,
            )


async def test_referral_leaves_the_same_record_for_both(db):
    """V35: the same audit, by the same verbs, with the member as who it is about."""
    alice = await factories.add_member()
    offer, firm = await add_insurance(), await add_firm()
    of_insurer, of_firm = await ask_insurer(alice, offer), await ask_firm(alice, firm)
    await walk(INSURER, offer.insurer_id, of_insurer, "contacted", "signed")
    await walk(FIRM, firm.id, of_firm, "contacted", "signed")
    for public_id in (of_insurer, of_firm):
        await insurance.declare(SYSTEM, alice.person_id, public_id, 12_000)
    verbs = {}
    for public_id in (of_insurer, of_firm):
        rows = await fetch(
            "SELECT verb, subject_id FROM audit_entry WHERE object_kind = 'referral'"
            " AND object_id = $1 ORDER BY id",
            public_id,
        )
        assert {row["subject_id"] for row in rows} == {alice.person_id}
        verbs[public_id] = [row["verb"] for row in rows]
    assert verbs[of_insurer] == verbs[of_firm]
    assert verbs[of_firm][0] == "referral.ask"
    assert verbs[of_firm][-1] == "referral.declare"


async def test_firm_sees_what_was_handed_over_and_nothing_else(page, mailbox):
    """V35, P5: a building firm's page has name, contact and slot of who asked it, and of nobody else."""
    alice = await factories.add_member("Alice", "Quenneville", "alice@example.org")
    firm, other = await add_firm(), await add_firm("Peinture Clairemur")
    await page.as_member(alice)
    form = f"/avantages/artisans/{firm.public_id}/rappel"
    assert "Plomberie Fildeau" in await page.words("/avantages/artisans")
    await page.words(form)
    sent = {
        "contact": "06 39 98 12 34",
        "slot": "noon",
        "agreed": "1",
        "read": rules.agreement("Plomberie Fildeau", FIRM),
    }
    await page.done(form, sent)
    await deliver(open_post(page.settings))
    assert "Quenneville" not in mailbox.text_to("fildeau@example.org")
    await page.as_firm(other.id)
    assert "Quenneville" not in await page.words("/partenaire/demandes")
    await page.as_firm(firm.id)
    shown = html.unescape(await page.words("/partenaire/demandes"))
    assert "Alice Quenneville" in shown
    assert "06 39 98 12 34" in shown
    for hidden in ("alice@example.org", alice.household_public_id, alice.person_public_id):
        assert hidden not in shown
    public_id = await fetch_value("SELECT public_id FROM referral")
    for state in ("contacted", "quoted", "signed"):
        await page.done(f"/partenaire/demandes/{public_id}/etat", {"state": state})
    saved = await page.send(f"/partenaire/demandes/{public_id}/economie", {"saving": "beaucoup"})
    assert saved.status_code == 422
    await page.done(f"/partenaire/demandes/{public_id}/economie", {"saving": "80"})
    row = await fetch_one("SELECT state, saving_cents, saving_by FROM referral")
    assert tuple(row) == ("signed", 8000, "agent")


async def test_member_asks_an_insurer_by_the_page(page):
    """I3: the page shows the very words that are kept, and nothing goes without the box being ticked."""
    alice, offer = await factories.add_member("Alice", "Quenneville"), await add_insurance()
    await page.as_member(alice)
    form = f"/avantages/assurance/{offer.public_id}/rappel"
    shown = html.unescape(await page.words(form))
    read = rules.agreement("Cabinet Gouttière", INSURER)
    assert all(line in shown for line in read.split("\n"))
    sent = {"contact": "alice@example.org", "slot": "any", "read": read}
    assert (await page.send(form, sent)).status_code == 422
    assert await fetch_value("SELECT count(*) FROM referral") == 0
    assert await page.done(form, {**sent, "agreed": "1"}) == "/compte/demandes?fait=demande-envoyee"
    row = await fetch_one("SELECT channel, contact, text_shown FROM referral")
    assert tuple(row) == ("email", "alice@example.org", read)


async def test_nothing_is_sent_when_a_rule_says_no(db):
    """I3: no agreement, another text, no way to call, no adult, no dues, nobody there: nothing is stored."""
    alice, offer = await factories.add_member(), await add_insurance()
    child = await membership_service.add_adult(SYSTEM, alice.household_id, "Bob", "Martin")
    await fetch("UPDATE household_member SET adult = false WHERE person = $1", child)
    bob = await membership.find_member(child)
    late = await factories.add_household("Carl", "Roy")
    carl = await membership.find_member(late.person_id)
    for refusal, member, change in (
        (AgreementMissing, alice, {"agreed": False}),
        (AgreementMoved, alice, {"read": "Je ne sais plus."}),
        (ContactUnreadable, alice, {"contact": "au bout du couloir"}),
        (NotForYou, bob, {}),
        (DuesNeeded, carl, {}),
    ):
        with pytest.raises(refusal):
            await ask_insurer(member, offer, **change)
    await insurance.take_back_offer(SYSTEM, offer.id)
    with pytest.raises(NobodyCalls):
        await ask_insurer(alice, offer)
    assert await fetch_value("SELECT count(*) FROM referral") == 0


async def test_second_tap_is_no_second_request(db):
    """I3: one open request to one recipient, held by a unique index; after its end another may come."""
    alice, offer = await factories.add_member(), await add_insurance()
    first = await ask_insurer(alice, offer)
    assert await ask_insurer(alice, offer) == first
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'referral.waiting'") == 1
    await walk(INSURER, offer.insurer_id, first, "refused")
    assert await ask_insurer(alice, offer) != first


async def test_firms_stand_in_the_order_of_the_alphabet(db):
    """I2: whoever came first, and however long its name is; the same where the counter chooses."""
    names = ["Zinc & fils", "Abeille plomberie du Nord", "Électricité Cap"]
    for name in names:
        await add_firm(name)
    said = [names[1], names[2], names[0]]
    assert [firm.name for firm in await referrals.firms()] == said
    assert [one.name for one in await referrals.callers()] == said


async def test_firm_that_left_sees_nobody_any_more(page):
    """P5, V35: name and contact are for partners of today; the member reads that they are not shown."""
    alice, firm = await factories.add_member("Alice", "Quenneville"), await add_firm()
    contract = await add_contract(firm.id)
    public_id = await ask_firm(alice, firm)
    [lead] = await referrals.leads(FIRM, frozenset({firm.id}))
    assert (lead.name, lead.contact) == ("Alice Quenneville", "+33639981234")
    await merchants.end_contract(SYSTEM, contract.public_id, EndReason.LEFT)
    [lead] = await referrals.leads(FIRM, frozenset({firm.id}))
    assert (lead.public_id, lead.name, lead.contact) == (public_id, "", "")
    await page.as_firm(firm.id)
    assert "Quenneville" not in await page.words("/partenaire/demandes")
    await page.as_member(alice)
    shown = html.unescape(await page.words("/compte/demandes"))
    assert "Plomberie Fildeau n’est pas partenaire en ce moment." in shown


async def test_firm_in_grace_still_sees_who_asked_and_a_suspended_one_does_not(db):
    """P5, P3: as long as its offers hold it may call; past the grace it may not, until it pays."""
    alice, firm = await factories.add_member("Alice", "Quenneville"), await add_firm()
    contract = await add_contract(firm.id)
    await ask_firm(alice, firm)
    over = contract.last_day - clock.today() + timedelta(days=2)
    for later, contact in ((over, "+33639981234"), (over + timedelta(days=200), "")):
        with clock.travel(later):
            [lead] = await referrals.leads(FIRM, frozenset({firm.id}))
            assert lead.contact == contact


async def test_agents_of_a_closed_insurer_see_nobody_any_more(page):
    """I3, V35: what was asked stays, and its names are shown again only when it is opened again."""
    alice, offer = await factories.add_member("Alice", "Quenneville"), await add_insurance()
    await ask_insurer(alice, offer)
    await insurance.close_insurer(SYSTEM, offer.insurer_id)
    await page.as_agent(offer.insurer_id)
    shown = await page.words("/assureur")
    assert "Quenneville" not in shown
    assert "39 98 12 34" not in shown
    assert (await referrals.mine(alice.person_id))[0].calls is False
    await insurance.reopen_insurer(SYSTEM, offer.insurer_id)
    assert "Quenneville" in await page.words("/assureur")


async def test_closed_insurer_marks_nothing(page):
    """I6, I3: who sees nobody moves nobody, and brings nothing into the club's figures."""
    alice, offer = await factories.add_member("Alice", "Quenneville"), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    scope = frozenset({offer.insurer_id})
    await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
    bob = await ask_insurer(await factories.add_member("Bob", "Petit"), offer)
    await insurance.close_insurer(SYSTEM, offer.insurer_id)
    with pytest.raises(NotWithClub):
        await insurance.declare_for(SYSTEM, INSURER, scope, public_id, 500_000)
    await page.as_agent(offer.insurer_id)
    answer = await page.send(f"/assureur/demandes/{bob}/etat", {"state": "contacted"})
    assert answer.status_code == 409
    assert "pas partenaire en ce moment" in html.unescape(answer.text)
    found = (await queries.figures(clock.today())).of_insurers
    assert (found.signed, found.open, found.saved_cents) == (1, 1, 0)
    await insurance.declare(SYSTEM, alice.person_id, public_id, 12_000)
    await insurance.reopen_insurer(SYSTEM, offer.insurer_id)
    await walk(INSURER, offer.insurer_id, bob, "contacted", "signed")


async def test_firm_marks_in_its_grace_and_not_after(db):
    """P5, P3: what was open may still be signed as long as its offers hold."""
    alice, firm = await factories.add_member("Alice", "Quenneville"), await add_firm()
    contract = await add_contract(firm.id)
    public_id = await ask_firm(alice, firm)
    over = contract.last_day - clock.today() + timedelta(days=2)
    with clock.travel(over):
        await walk(FIRM, firm.id, public_id, "contacted")
    with clock.travel(over + timedelta(days=200)), pytest.raises(NotWithClub):
        await walk(FIRM, firm.id, public_id, "signed")


async def test_names_go_to_no_other_firm_when_one_is_renamed(page):
    """I3: a yes is for the firm whose name was read; putting a name right is no other firm."""
    alice, offer = await factories.add_member("Alice", "Quenneville"), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    insurer = await queries.find_insurer(offer.insurer_public_id)
    assert insurer is not None
    with pytest.raises(InsurerAwaited):
        await insurance.change_insurer(SYSTEM, insurer.id, "Tout Autre SA", insurer.email)
    await insurance.change_insurer(SYSTEM, insurer.id, "CABINET GOUTTIERE", insurer.email)
    await walk(INSURER, insurer.id, public_id, "contacted", "signed")
    await insurance.change_insurer(SYSTEM, insurer.id, "Tout Autre SA", insurer.email)
    await page.as_agent(insurer.id)
    assert "Quenneville" not in await page.words("/assureur")
    with pytest.raises(NotWithClub):
        await insurance.declare_for(SYSTEM, INSURER, frozenset({insurer.id}), public_id, 1)
    firm = await add_firm()
    await ask_firm(alice, firm)
    renamed = PartnerWish(
        name="Un Autre Plombier", kind=PartnerKind.FIRM, category=PartnerCategory.TRADES
    )
    await merchants.change_partner(SYSTEM, firm.id, renamed)
    [lead] = await referrals.leads(FIRM, frozenset({firm.id}))
    assert (lead.name, lead.contact, lead.named) == ("", "", False)
    assert [one.calls for one in await referrals.mine(alice.person_id)] == [False, False]


async def test_request_goes_when_nobody_called_for_months(page, mailbox):
    """I3, D2: by night, after the months that the club sets; both sides hear, the name is gone."""
    alice = await factories.add_member("Alice", "Quenneville", "alice@example.org")
    offer, firm = await add_insurance(), await add_firm()
    await ask_insurer(alice, offer)
    kept = await ask_firm(alice, firm)
    with clock.travel(timedelta(days=150)):
        await walk(FIRM, firm.id, kept, "contacted")
        assert (await retention.run())["calls"] == 0
    with clock.travel(timedelta(days=190)):
        assert (await retention.run(dry=True))["calls"] == 1
        assert (await retention.run())["calls"] == 1
        assert (await retention.run())["calls"] == 0
        await deliver(open_post(page.settings))
    first, second = await referrals.mine(alice.person_id)
    assert (first.state, second.state) == (ReferralState.CONTACTED, ReferralState.WITHDRAWN)
    assert "demande d'appel est retirée" in str(mailbox.to("alice@example.org")[-1]["Subject"])
    assert "a attendu trop longtemps" in mailbox.text_to("appels@gouttiere.example")
    await page.as_agent(offer.insurer_id)
    assert "Quenneville" not in await page.words("/assureur")
    await retention.set_retention(SYSTEM, Retention(calls_months=1))
    with clock.travel(timedelta(days=182)):
        assert (await retention.run())["calls"] == 1


async def test_contacts_are_shown_only_while_someone_waits(page):
    """I3: whoever was refused, or signed, is not to be called from that page any more."""
    offer = await add_insurance()
    alice = await factories.add_member("Alice", "Quenneville")
    bob = await factories.add_member("Bob", "Petitjean")
    signed, refused = await ask_insurer(alice, offer), await ask_insurer(bob, offer)
    await walk(INSURER, offer.insurer_id, signed, "contacted", "signed")
    await walk(INSURER, offer.insurer_id, refused, "refused")
    await page.as_agent(offer.insurer_id)
    shown = await page.words("/assureur")
    assert "Quenneville" in shown
    assert "Petitjean" not in shown
    assert "39 98 12 34" not in shown


async def test_member_has_the_last_word_on_what_was_saved(db):
    """I6: declared by the agent or the member; the agent does not change what the member said."""
    alice, offer = await factories.add_member(), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    scope = frozenset({offer.insurer_id})
    with pytest.raises(MoveImpossible):
        await insurance.declare(SYSTEM, alice.person_id, public_id, 15_000)
    await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
    await insurance.declare_for(SYSTEM, INSURER, scope, public_id, 20_000)
    await insurance.declare(SYSTEM, alice.person_id, public_id, 12_000)
    with pytest.raises(MoveImpossible):
        await insurance.declare_for(SYSTEM, INSURER, scope, public_id, 30_000)
    with pytest.raises(rules.SavingTooLarge):
        await insurance.declare(SYSTEM, alice.person_id, public_id, 900_000)
    [mine] = await referrals.mine(alice.person_id)
    assert mine.saving_cents == 12_000


async def test_other_side_reads_no_saving_that_the_member_declared(page):
    """I3, V35: name, contact and slot, and what it said itself; the member's own word is for the club."""
    alice, offer = await factories.add_member(), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
    scope = frozenset({offer.insurer_id})
    await insurance.declare_for(SYSTEM, INSURER, scope, public_id, 20_000)
    await page.as_agent(offer.insurer_id)
    assert "200,00" in await page.words("/assureur")
    await insurance.declare(SYSTEM, alice.person_id, public_id, 12_345)
    assert [lead.saving_cents for lead in await referrals.leads(INSURER, scope)] == [None]
    assert "123,45" not in await page.words("/assureur")


async def test_member_declares_on_the_page(page):
    alice, offer = await factories.add_member(), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
    await page.as_member(alice)
    address = f"/compte/demandes/{public_id}/economie"
    assert (await page.send(address, {"saving": ""})).status_code == 422
    await page.done(address, {"saving": "152,50"})
    assert "152,50" in await page.words("/compte/demandes")
    async with statements() as said:
        home = html.unescape(await page.words("/accueil"))
    assert len(said) <= 6, "PERF6"
    assert "152,50\xa0€ par an sur vos contrats, comme déclaré" in home
    assert "Depuis janvier, vous avez économisé" in home
    figure = home.index("figure num")
    assert "0,00\xa0€" in home[figure : figure + 60]  # declared, and never added to what was used


async def test_club_counts_leads_contracts_and_savings(page):
    """I6: counts and an average against 150 euros a household; no name, no price, no guarantee."""
    offer, firm = await add_insurance(), await add_firm()
    for at, saving in enumerate((10_000, 20_000, None, "refused", "withdrawn", "sent")):
        member = await factories.add_member("Alice", f"Quenneville{at}")
        public_id = await ask_insurer(member, offer)
        if saving == "refused":
            await walk(INSURER, offer.insurer_id, public_id, "refused")
        elif saving == "withdrawn":
            await insurance.withdraw(SYSTEM, member.person_id, public_id)
        elif saving != "sent":
            await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
            if saving is not None:
                await insurance.declare(SYSTEM, member.person_id, public_id, saving)
        if at == 0:
            await ask_firm(member, firm)
    found = (await queries.figures(clock.today())).of_insurers
    assert (found.asked, found.open, found.signed, found.refused, found.withdrawn) == (
        6,
        1,
        3,
        1,
        1,
    )
    assert (found.declared, found.saved_cents, found.average_cents) == (2, 30_000, 15_000)
    [firms] = (await queries.figures(clock.today())).by_firm
    assert firms.figures.asked == 1
    await page.as_manager()
    shown = html.unescape(await page.words("/gestion/assurance"))
    assert "le but : 150,00\xa0€" in shown
    assert "Plomberie Fildeau" in shown
    assert "Quenneville" not in shown
    async with statements() as said:
        await page.words("/gestion/assurance")
    assert len(said) <= 6, said


async def test_contract_counts_in_the_year_that_it_was_signed_in(db):
    """I6: asked before New Year, signed after it: a contract of this year, and no request of it."""
    offer = await add_insurance()
    with clock.travel(timedelta(days=-30)):
        alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
        public_id = await ask_insurer(alice, offer)
        await ask_insurer(bob, offer)
    await walk(INSURER, offer.insurer_id, public_id, "contacted", "signed")
    found = (await queries.figures(clock.today())).of_insurers
    assert (found.asked, found.open, found.signed) == (0, 1, 1)
    [row] = (await queries.figures(clock.today())).by_insurer
    assert row.figures == found


async def test_requests_lose_their_person_after_their_time(db):
    """D2, I6: after the months that the club sets a request is nobody's, and still counted."""
    alice, offer = await factories.add_member(), await add_insurance()
    public_id = await ask_insurer(alice, offer)
    await fetch("UPDATE referral SET changed_at = changed_at - interval '400 days'")
    await retention.set_retention(SYSTEM, Retention(leads_months=12))
    assert (await retention.run(dry=True))["leads"] == 1
    assert (await retention.run())["leads"] == 1
    row = await fetch_one("SELECT * FROM referral WHERE public_id = $1", public_id)
    assert (row["person"], row["household"], row["name"], row["contact"]) == (None, None, "", "")
    assert row["state"] == "withdrawn"
    assert (await retention.run())["leads"] == 0


async def test_office_gives_and_ends_the_access_of_an_agent(page):
    """SEC11: with the second factor just given; the role is one insurer's, and ends with its sessions."""
    insurer = await add_insurer()
    await page.as_manager()
    address = f"/gestion/assurance/assureurs/{insurer.public_id}/agents"
    wish = {"given_name": "Sylvie", "family_name": "Gouttière", "email": "sylvie@example.org"}
    await page.done(address, wish)
    assert "sylvie@example.org" in await page.words(address)
    person_id = await fetch_value("SELECT person FROM role_grant WHERE role = 'insurer'")
    public_id = await fetch_value("SELECT public_id FROM person WHERE id = $1", person_id)
    door = Address(Channel.EMAIL, "sylvie@example.org")
    assert len(await identity.find_candidates(door, SessionKind.MERCHANT)) == 1
    await page.done(f"{address}/retrait", {"person": public_id})
    assert await identity.find_candidates(door, SessionKind.MERCHANT) == []
    again = await page.send(f"{address}/retrait", {"person": public_id})
    assert again.status_code == 404
