"""Lending rules: what differs between tools, books, rooms and vehicles, with its effect in a sentence (L1)."""

import re
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import codes, hours, money
from backend.kit.errors import N_, Invalid
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.policy import Policy
from backend.lending.queries import stock
from backend.lending.rules import DepositMode, DueRule, PriceUnit, SlotMode
from web.office.policy_words import DEPOSITS, DUES, MODES, PRICES, sentences
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/regles-de-pret"
AMOUNTS = ("deposit_cents", "fee_day_cents", "price_cents", "approve_above_cents")
MOST_NOTICES, FARTHEST = 5, 30  # how many times somebody is reminded, and how many days away
NUMBER = re.compile(r"[0-9]{1,4}([.,][0-9]{1,2})?")
SAID = {field.name: field.default for field in msgspec.structs.fields(Policy)}


class PolicyForm(msgspec.Struct, frozen=True):
    """As typed: lengths in days, or in hours where it goes by hours; amounts in euros.

    A limit that is left empty is none.
    """

    name: str
    slot_mode: SlotMode
    usual_length: str
    longest_length: str
    due_rule: DueRule = DueRule.NEXT_OPENING
    slot_minutes: int = SAID["slot_minutes"]
    buffer_before: int = 0
    buffer_after: int = 0
    renewals: int = 0
    needs_approval: bool = False
    hold_minutes: int = SAID["hold_minutes"]
    most_holds: int = SAID["most_holds"]
    pickup_grace_minutes: int = SAID["pickup_grace_minutes"]
    offer_open_minutes: int = SAID["offer_open_minutes"]
    late_cancel_minutes: int = SAID["late_cancel_minutes"]
    household_loans: int | None = None
    person_loans: int | None = None
    household_bookings: int | None = None
    person_bookings: int | None = None
    most_days: int | None = None
    window_days: int = SAID["window_days"]
    most_peaks: int | None = None
    peak_from: str = ""
    advance_days: int | None = None
    strike_advance_days: int = SAID["strike_advance_days"]
    deposit_mode: DepositMode = DepositMode.NONE
    deposit_cents: str = ""
    fee_day_cents: str = ""
    grace_days: int = 0
    price_cents: str = ""
    price_unit: PriceUnit = PriceUnit.LOAN
    late_refund_percent: int = 0
    approve_above_cents: str = ""
    checklist: str = ""
    rules_text: str = ""
    needs_licence: bool = False
    asks_charge: bool = False
    notice_eve: bool = False
    notice_before: str = ""
    notice_late: str = ""
    version: int | None = None
    key: str = ""


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    known = await lending.policies()
    return await page(
        request,
        "office/policies/index.html",
        title=_("Règles de prêt"),
        space="office",
        here=HERE,
        policies=known,
        uses=await stock.policy_uses(),
        said={policy.public_id: sentences(policy) for policy in known},
    )


async def _form(request: AnyRequest, policy: Policy | None, form: Form) -> Response[str]:
    return await page(
        request,
        "office/policies/edit.html",
        title=policy.name if policy else _("Nouvelles règles"),
        space="office",
        here=HERE,
        policy=policy,
        form=form,
        key=codes.random_id(),
        said=sentences(policy) if policy else [],
        coming=await stock.coming_under(policy.public_id) if policy else None,
        modes=list(MODES.items()),
        dues=list(DUES.items()),
        deposits=list(DEPOSITS.items()),
        prices=list(PRICES.items()),
        days=hours.DAYS,
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await _form(request, None, form or Form(FRESH))


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    policy = await lending.get_policy(public_id)
    return await _form(request, policy, form or Form(typed(policy)))


@get(f"{HERE}/nouvelles", guards=[MANAGER])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(HERE, guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    form = await forms.read(request, PolicyForm)
    wish = await _wish(request, form)
    public_id = await service.make_policy(by(request), wish, key=form.key)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """From now on: what is booked keeps its times (L21)."""
    form = await forms.read(request, PolicyForm)
    wish = await _wish(request, form)
    await service.change_policy(by(request), public_id, wish, version=form.version)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


async def _wish(request: AnyRequest, form: PolicyForm) -> Policy:
    ticked = await forms.typed_values(request)
    values = {
        name: value
        for name, value in msgspec.structs.asdict(form).items()
        if name not in {"version", "key"}
    }
    values |= {name: money.parse(values[name] or "0", field=name) for name in AMOUNTS}
    if not form.approve_above_cents:
        values["approve_above_cents"] = SAID["approve_above_cents"]
    values |= {
        name: _length(values[name], form.slot_mode, name)
        for name in ("usual_length", "longest_length")
    }
    return Policy(
        **{
            **values,
            "id": 0,
            "public_id": "",
            "checklist": _lines(form.checklist),
            "notice_before": _days(form.notice_before, "notice_before", least=0),
            "notice_late": _days(form.notice_late, "notice_late", least=1),
            "peak_from": hours.read_hour(form.peak_from, "peak_from") if form.peak_from else None,
            "peak_weekdays": tuple(day for day in range(7) if ticked.get(f"peak_{day}")),
        }
    )


def _length(said: str, mode: SlotMode, field: str) -> int:
    """Days, or hours turned into minutes: "2" or "1,5". Raises Invalid at its field."""
    if NUMBER.fullmatch(said) is None:
        raise Invalid({field: N_("Écrivez un nombre, en chiffres.")})
    number = float(said.replace(",", "."))
    if not number:
        raise Invalid({field: N_("Écrivez un nombre au-dessus de zéro.")})
    return round(number * 60) if mode is SlotMode.HOURS else round(number)


def _days(said: str, field: str, *, least: int) -> tuple[int, ...]:
    """« 2, 0 » as numbers of days, each once. Raises Invalid at its field."""
    days = [read_number(each) for each in re.split(r"[,;\s]+", said.strip()) if each]
    found = sorted({day for day in days if day is not None and least <= day <= FARTHEST})
    if len(found) < len(days) or len(found) > MOST_NOTICES:
        raise Invalid({field: N_("Écrivez cinq nombres de jours au plus, jusqu’à 30.")})
    return tuple(found)


def _lines(said: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in said.splitlines() if line.strip())


def typed(policy: Policy) -> dict[str, str]:
    """The policy as its form shows it."""
    by_hour = policy.slot_mode is SlotMode.HOURS
    return {
        **forms.shown(policy),
        **{name: _euros(getattr(policy, name)) for name in AMOUNTS},
        **{f"peak_{day}": "1" for day in policy.peak_weekdays},
        "usual_length": _hours(policy.usual_length) if by_hour else str(policy.usual_length),
        "longest_length": _hours(policy.longest_length) if by_hour else str(policy.longest_length),
        "checklist": "\n".join(policy.checklist),
        "notice_before": ", ".join(map(str, policy.notice_before)),
        "notice_late": ", ".join(map(str, policy.notice_late)),
    }


def _hours(minutes: int) -> str:
    return f"{minutes / 60:g}".replace(".", ",")


def _euros(cents: int) -> str:
    return money.plain(cents) if cents else ""


FRESH = typed(
    Policy(
        id=0,
        public_id="",
        name="",
        slot_mode=SlotMode.DAYS,
        usual_length=7,
        longest_length=14,
        due_rule=DueRule.NEXT_OPENING,
        renewals=1,
        household_loans=3,
        advance_days=60,
    )
)
HANDLERS = [index, new, create, edit, update]
