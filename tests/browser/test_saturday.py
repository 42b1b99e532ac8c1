"""A Saturday morning at the counter: forty scans, wrong ones among them, and a network that goes away."""

from dataclasses import dataclass, field
from datetime import timedelta

from playwright.async_api import Page, Playwright, Route, expect

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.codes import CodeMistyped, PaperCard, Unit, text_of
from backend.kit.codes.human import ALPHABET
from backend.kit.codes.layouts import misread
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.rules import DueRule, Period, TicketKind
from backend.lending.values import Ask, Want
from backend.membership import service as membership
from backend.membership.queries import Member
from tests import factories, lending
from tests.browser.conftest import Club
from tests.browser.look import Watch, assert_good_page
from tests.browser.test_desk import staff_in
from tests.browser.test_till_camera import NATIVE
from tests.browser.till_feed import phone_before
from tests.lending import Lent, Shelf, overlaps, staff, whom

NO_SCAN_WAITS = "() => !Object.keys(localStorage).some(key => key.startsWith('palier-scans:'))"
YES, MIND, NO = "yes", "mind", "no"


@dataclass
class Morning:
    """The page, the shelf, and who should have what, by the code of the copy."""

    page: Page
    shelf: Shelf
    hands: dict[str, Member] = field(default_factory=dict)
    scans: int = 0

    async def lent(self, name: str, member: Member, **said: object) -> Lent:
        """Out since two days ago."""
        thing = await self.free(name, **said)
        given = await lend.lend_now(staff(), whom(member), thing.code)
        await fetch(
            "UPDATE custody SET out_at = out_at - interval '2 days',"
            " out_noted_at = out_noted_at - interval '2 days' WHERE line = $1",
            given.line,
        )
        self.hands[thing.code] = member
        return thing

    async def ready(self, name: str, member: Member) -> Lent:
        """Booked from now on, and set aside."""
        thing = await self.free(name)
        period = Period(clock.now() + timedelta(minutes=1), clock.now() + timedelta(hours=30))
        made = await lend.book(
            Ask(by=SYSTEM, key=codes.random_id()),
            whom(member),
            [Want(resource=thing.id, period=period)],
        )
        await lend.prepare(staff(), made.lines[0])
        return thing

    async def free(self, name: str, **said: object) -> Lent:
        return await self.shelf.resource(name, due_rule=DueRule.KEEP, **said)

    async def type(self, text: str) -> None:
        """As a keyboard scanner does: letters at once, then Enter, wherever the focus is."""
        self.scans += 1
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def scan(self, text: str, kind: str, words: str) -> None:
        """One scan and its answer: the colour, the sound's name, the words (L28)."""
        await self.type(text)
        await self.page.wait_for_function(NO_SCAN_WAITS)
        await expect(self.page.locator("#guichet")).to_have_attribute("data-signal", kind)
        await expect(self.page.locator(".said")).to_contain_text(words)
        await expect(self.page.locator("#f-code")).to_be_focused()

    async def give(self, thing: Lent, member: Member, words: str, text: str = "") -> None:
        await self.scan(text or label(thing), YES, f"{words} : {thing.name}")
        self.hands[thing.code] = member

    async def take(self, thing: Lent, words: str = "Repris") -> None:
        await self.scan(label(thing), YES, f"{words} : {thing.name}")
        del self.hands[thing.code]

    async def card(self, text: str, member: Member) -> None:
        await self.type(text)
        await self.page.wait_for_function(NO_SCAN_WAITS)
        await self.comes(member)

    async def comes(self, member: Member) -> None:
        at = self.page.locator("#guichet")
        await expect(at).to_have_attribute("data-who", member.person_public_id)


def label(thing: Lent) -> str:
    return text_of(Unit(thing.code))


def slipped(text: str) -> str:
    """A label with another last letter, which a scanner on another layout cannot have meant either."""
    return next(wrong for letter in ALPHABET if is_mistyped(wrong := f"{text[:-1]}{letter}"))


def is_mistyped(text: str) -> bool:
    try:
        codes.parse(text)
    except CodeMistyped:
        return True
    return False


async def card_of(member: Member) -> str:
    made = await membership.make_paper_card(SYSTEM, member.person_id)
    return text_of(PaperCard(made.token))


async def always_open() -> Shelf:
    shelf = await lending.add_shelf()
    await lending.open_every_day(shelf.site_id)
    return shelf


@dataclass
class Stage:
    """What the morning begins with: five households, their cards, and things by their names."""

    people: dict[str, Member]
    cards: dict[str, str]
    revoked: str
    things: dict[str, Lent]

    def __getitem__(self, name: str) -> Lent:
        return self.things[name]


async def set_up(morning: Morning) -> Stage:
    names = ("Alice", "Bob", "Carla", "Dan", "Emma")
    people = {
        name: await factories.add_member(name, "Martin", f"{name.lower()}@example.org")
        for name in names
    }
    revoked = await card_of(people["Emma"])
    cards = {name: await card_of(people[name]) for name in names}
    out = {"Perceuse": "Alice", "Scie": "Alice", "Échelle": "Bob", "Pompe": "Bob"}
    out |= {"Diable": "Carla", "Raclette": "Dan"}
    booked = {"Marteau": "Alice", "Rabot": "Alice", "Machine": "Bob", "Nettoyeur": "Carla"}
    booked |= {"Tente": "Emma"}
    free = ["Vieux grille-pain", "Ponceuse", *(f"Jeu {number}" for number in range(6))]
    things = {name: await morning.lent(name, people[who]) for name, who in out.items()}
    things |= {name: await morning.ready(name, people[who]) for name, who in booked.items()}
    things |= {name: await morning.free(name) for name in free}
    things["Quilles"] = await morning.lent("Quilles", people["Dan"], pieces=("Boule", "Quilles"))
    await lend.retire_unit(staff(), things["Vieux grille-pain"].code, "Usé")
    month = Period(clock.now(), clock.now() + timedelta(days=30))
    repair = TicketKind.REPAIR
    await lend.take_out_of_use(staff(), things["Ponceuse"].code, repair, "Moteur", month)
    return Stage(people, cards, revoked, things)


async def alice_with_wrong_labels(morning: Morning, stage: Stage) -> None:
    """Two to fetch, one to bring, one on the spot; six labels that lead nowhere."""
    alice, page = stage.people["Alice"], morning.page
    await morning.card(stage.cards["Alice"], alice)
    await expect(page.locator("input[name=ligne]:checked")).to_have_count(4)
    await morning.give(stage["Marteau"], alice, "Remis")
    await morning.scan(label(stage["Marteau"]), MIND, "Déjà fait : Marteau")
    garbled = misread(label(stage["Rabot"]), frozenset())
    await morning.give(stage["Rabot"], alice, "Remis", garbled)
    await morning.take(stage["Perceuse"])
    await morning.give(stage["Jeu 0"], alice, "Prêté", stage["Jeu 0"].code)
    unknown = f"PL1U{codes.draw_code()}"
    await morning.scan(unknown, NO, "Nous ne trouvons pas cet exemplaire.")
    await morning.scan(label(stage["Vieux grille-pain"]), NO, "Cet exemplaire n'est plus prêté.")
    await morning.scan(label(stage["Ponceuse"]), NO, "Ponceuse est en réparation")
    await morning.scan(label(stage["Machine"]), MIND, "Cet exemplaire est préparé pour Bob M.")
    await morning.scan(slipped(label(stage["Scie"])), NO, "faute de frappe")
    lost = misread("PL1U", frozenset()) + "éééé"
    await morning.scan(lost, NO, "Réglez le lecteur en français")
    await assert_good_page(page)
    await expect(page.locator("[data-list] li")).to_have_count(7)


async def bob_whose_answer_is_lost(morning: Morning, stage: Stage) -> None:
    """The club lends, nobody hears it: asked again under its key it is not taken back."""
    bob, answers = stage.people["Bob"], 0
    await morning.card(stage.cards["Bob"], bob)
    await morning.give(stage["Machine"], bob, "Remis")
    await morning.take(stage["Pompe"])

    async def lose_the_first(route: Route) -> None:
        nonlocal answers
        answers += 1
        if answers == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await morning.page.route("**/comptoir/scan", lose_the_first)
    await morning.give(stage["Jeu 1"], bob, "Prêté")
    await morning.page.unroute("**/comptoir/scan")
    assert answers > 1


async def carla_and_dan_without_a_network(morning: Morning, stage: Stage) -> None:
    """Six scans wait, a card among them; they are sent in their order, each for whom it was."""
    carla, dan, page = stage.people["Carla"], stage.people["Dan"], morning.page
    await morning.card(stage.cards["Carla"], carla)
    await morning.give(stage["Nettoyeur"], carla, "Remis")
    await morning.take(stage["Diable"])
    await page.context.set_offline(True)
    for name in ("Jeu 2", "Jeu 3", "Jeu 2"):
        await morning.type(label(stage[name]))
    await morning.type(stage.cards["Dan"])
    await morning.type(label(stage["Quilles"]))
    words = page.locator("[data-kept] [data-words]")
    await expect(words).to_have_text("Pas de réseau. 5 scans attendent.")
    await expect(page.locator("[data-waiting] li")).to_have_count(5)
    await morning.type(label(stage["Jeu 4"]))
    await page.context.set_offline(False)
    await page.wait_for_function(NO_SCAN_WAITS)
    await morning.comes(dan)
    for name, who in (("Jeu 2", carla), ("Jeu 3", carla), ("Jeu 4", dan)):
        morning.hands[stage[name].code] = who
    del morning.hands[stage["Quilles"].code]
    await expect(page.locator("[data-list]")).to_contain_text("Déjà fait : Jeu 2")
    await morning.take(stage["Raclette"])
    await morning.scan(label(stage["Quilles"]), MIND, "Déjà fait : Quilles")


async def emma_who_changes_her_mind(morning: Morning, stage: Stage) -> None:
    emma, page = stage.people["Emma"], morning.page
    await morning.scan(stage.revoked, NO, "Cette carte ne marche plus.")
    await morning.card(stage.cards["Emma"], emma)
    await morning.give(stage["Tente"], emma, "Remis")
    await morning.scan(stage["Tente"].code, MIND, "Déjà fait : Tente")
    await morning.give(stage["Jeu 5"], emma, "Prêté")
    await page.locator(".said").get_by_role("button", name="Annuler").click()
    await page.get_by_text("Le geste est annulé.").wait_for()
    await page.wait_for_load_state()
    await expect(page.locator("#f-code")).to_be_focused()
    del morning.hands[stage["Jeu 5"].code]
    await morning.take(stage["Scie"])
    await morning.scan(label(stage["Ponceuse"]), NO, "Ponceuse est en réparation")
    await morning.scan(label(stage["Tente"]), MIND, "Déjà fait : Tente")
    await morning.scan(slipped(label(stage["Tente"])), NO, "faute de frappe")
    await morning.scan(f"PL1U{codes.draw_code()}", NO, "Nous ne trouvons pas cet exemplaire.")
    await morning.scan(label(stage["Vieux grille-pain"]), NO, "n'est plus prêté.")
    await page.keyboard.press("F9")
    await page.get_by_role("button", name="Envoyer à la personne").click()
    await page.get_by_text("C'est envoyé à la personne.").wait_for()


async def test_saturday_morning_ends_with_everything_where_it_is_said_to_be(
    club: Club, desk: Page, watch: Watch
):
    """L9, L27, L28, L29, L31, V40: forty scans by keyboard, wrong ones, a lost answer, no network."""
    watch.allow("404", "409", "422", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    morning = Morning(desk, await always_open())
    stage = await set_up(morning)
    clerk = await factories.add_person("Inès", "Fabre", "ines@example.org")
    await factories.add_role(clerk, Role.DESK)
    await staff_in(desk.context, club, clerk)
    await desk.goto("/comptoir/guichet")
    await expect(desk.locator("#f-code")).to_be_focused()
    await morning.take(stage["Échelle"])
    await morning.scan(label(stage["Échelle"]), MIND, "Déjà fait : Échelle")
    await alice_with_wrong_labels(morning, stage)
    await bob_whose_answer_is_lost(morning, stage)
    await carla_and_dan_without_a_network(morning, stage)
    await emma_who_changes_her_mind(morning, stage)
    assert morning.scans == 40
    await assert_agreed(morning, stage)


async def assert_agreed(morning: Morning, stage: Stage) -> None:
    """Stock, custody and messages say the same as who watched."""
    rows = await fetch(
        "SELECT u.code, c.household FROM custody c JOIN unit u ON u.id = c.unit"
        " WHERE c.in_at IS NULL AND c.undone_at IS NULL"
    )
    hands = {code: member.household_id for code, member in morning.hands.items()}
    assert {row["code"]: row["household"] for row in rows} == hands
    out = await fetch(
        "SELECT u.code, b.household FROM booking_line l JOIN booking b ON b.id = l.booking"
        " JOIN unit u ON u.id = l.unit WHERE l.state = 'checked_out'"
    )
    assert sorted(map(tuple, out)) == sorted(map(tuple, rows))
    assert await overlaps() == 0
    slips = await fetch("SELECT person FROM message WHERE kind = 'lending.slip'")
    assert [row["person"] for row in slips] == [stage.people["Emma"].person_id]
    counted_later = await fetch_value("SELECT count(*) FROM booking_line WHERE state = 'returned'")
    assert counted_later == 1, "the game"


async def test_scans_that_wait_are_for_nobody_else_when_a_card_is_refused_and_a_colleague_signs_in(
    club: Club, desk: Page, watch: Watch
):
    """L27, L28, SEC4: not for who stood there before that card; sent by who scanned, once they are back."""
    watch.allow("403", "409", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    morning = Morning(desk, await always_open())
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    bob = await factories.add_member("Bob", "Martin", "bob@example.org")
    revoked, card = await card_of(bob), await card_of(alice)
    await card_of(bob)
    game, ladder = await morning.free("Jeu"), await morning.lent("Échelle", bob)
    ines = await factories.add_person("Inès", "Fabre", "ines@example.org")
    omar = await factories.add_person("Omar", "Roux", "omar@example.org")
    for clerk in (ines, omar):
        await factories.add_role(clerk, Role.DESK)
    await staff_in(desk.context, club, ines)
    await desk.goto("/comptoir/guichet")
    await morning.card(card, alice)
    await desk.context.set_offline(True)
    for text in (revoked, label(game), label(ladder)):
        await morning.type(text)
    await expect(desk.locator("[data-waiting] li")).to_have_count(3)
    await staff_in(desk.context, club, omar)
    await desk.context.set_offline(False)
    await expect(desk.locator("[data-door]")).to_be_visible()
    await staff_in(desk.context, club, ines)
    await desk.wait_for_function(NO_SCAN_WAITS)
    await expect(desk.locator(".said")).to_contain_text("Repris : Échelle")
    await expect(desk.locator("[data-list]")).to_contain_text("Cette carte ne marche plus.")
    await expect(desk.locator("[data-list]")).to_contain_text("Jeu")
    assert await fetch_value("SELECT count(*) FROM custody WHERE in_at IS NULL") == 0
    taken = "SELECT actor_id FROM audit_entry WHERE verb = 'lending.take_back'"
    assert await fetch_value(taken) == ines


HALVES = """([code, half]) => {
  const field = document.querySelector("#f-code");
  const press = (target, key) =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  field.blur();
  [...code.slice(0, half)].forEach((letter) => press(document.body, letter));
  field.focus();
  [...code.slice(half)].forEach((letter) => { press(field, letter); field.value += letter; });
  press(field, "Enter");
}"""


async def test_scan_is_whole_when_the_focus_comes_into_the_field_in_the_middle_of_it(
    club: Club, desk: Page
):
    """L27: an answer that gives the field its focus back tears no scan apart."""
    morning = Morning(desk, await always_open())
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    card = await card_of(alice)
    clerk = await factories.add_person("Inès", "Fabre", "ines@example.org")
    await factories.add_role(clerk, Role.DESK)
    await staff_in(desk.context, club, clerk)
    await desk.goto("/comptoir/guichet")
    await expect(desk.locator("#f-code")).to_be_focused()
    await desk.evaluate(HALVES, [card, len(card) // 2])
    await desk.wait_for_function(NO_SCAN_WAITS)
    await morning.comes(alice)
    await expect(desk.locator("#f-code")).to_have_value("")


async def test_label_is_read_by_the_camera_of_a_phone(
    playwright: Playwright, executable: str, club: Club, db: object, watch: Watch
):
    """L27, L28, V40: the same loop without a scanner: colour, words, sound and buzz; a code in sight counts once."""
    morning_shelf = await always_open()
    bob = await factories.add_member("Bob", "Martin", "bob@example.org")
    clerk = await factories.add_person("Inès", "Fabre", "ines@example.org")
    await factories.add_role(clerk, Role.DESK)
    async with phone_before(playwright, executable, club, None) as phone:
        watch.follow(phone)
        ladder = await Morning(phone, morning_shelf).lent("Échelle", bob)
        await phone.add_init_script(NATIVE.replace("PAYLOAD", label(ladder)))
        await staff_in(phone.context, club, clerk)
        await phone.goto("/comptoir/guichet")
        await phone.get_by_role("button", name="Caméra").tap()
        await expect(phone.locator(".said")).to_contain_text("Repris : Échelle")
        assert await phone.evaluate("window.felt.at(-1)") == [90]
        await phone.wait_for_function("() => window.notes === 2")
        await expect(phone.locator("video")).to_be_visible()
        await assert_good_page(phone)
        await expect(phone.locator(".said")).to_contain_text("Repris : Échelle")
    assert await fetch_value("SELECT count(*) FROM custody WHERE in_at IS NULL") == 0
