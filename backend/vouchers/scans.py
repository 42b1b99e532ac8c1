"""What a till sends, what the code in it says, and the tries that guessing spends (V19)."""

from datetime import datetime, timedelta

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import By, note
from backend.kit import codes, limits
from backend.kit.codes import CodeUnreadable, Parsed
from backend.kit.database import transaction
from backend.kit.errors import Busy, DomainError
from backend.kit.limits import Limit
from backend.merchants.queries import TillCaller
from backend.vouchers import answers, keyring
from backend.vouchers.errors import BadSignature, UnknownCode
from backend.vouchers.rules import UseChannel

MINUTE = timedelta(minutes=1)
PER_DEVICE = Limit("look:till", 10, MINUTE)
PER_SHOP = Limit("look:shop", 30, MINUTE)
PER_ADDRESS = Limit("look:ip", 60, MINUTE)
GLOBAL = Limit("look:all", 600, MINUTE)
FLAG = Limit("look:flag", 1, timedelta(hours=1))


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a till. `price_cents` is the price before the offer; `offer` a public id.

    `channel` is said only where it cannot be read from the code: by telephone, at the counter.
    """

    code: str
    key: str
    till: TillCaller
    ip: str = ""
    offer: str | None = None
    price_cents: int | None = None
    receipt_ref: str | None = None
    identity_checked: bool = False
    cashier: str | None = None
    device_at: datetime | None = None
    channel: UseChannel | None = None

    def body(self, verb: str) -> dict[str, object]:
        """What makes two requests the same act (V8): what is given, to whom, at which price.

        Who stands at the till, the device's clock, the address and the channel are how it was
        asked, and stay out: after a lost answer somebody else may ask again, a minute later, and
        must hear the success (V9). The first request's are the ones that are kept.
        """
        return {
            "verb": verb,
            "code": self.code,
            "offer": self.offer,
            "price_cents": self.price_cents,
            "receipt_ref": self.receipt_ref,
            "identity_checked": self.identity_checked,
        }

    @property
    def by(self) -> By:
        return By(Actor.TILL, self.till.till_id)


class Reading(msgspec.Struct, frozen=True):
    """What the code says, or why it says nothing; told only once the key was looked up (V8)."""

    parsed: Parsed | None
    refusal: DomainError | None
    channel: UseChannel
    spent: bool

    def opened(self) -> Parsed:
        if self.refusal is not None:
            raise self.refusal
        if self.parsed is None:
            raise UnknownCode
        return self.parsed


async def read(scan: Scan) -> Reading:
    """Reads the code, and spends a try unless our own signature proves that nobody guessed."""
    reading = _read(scan)
    proved = reading.refusal is None and isinstance(reading.parsed, codes.Voucher)
    if proved or await answers.is_known(scan.till, scan.key):
        return reading
    await _spend(scan)
    return msgspec.structs.replace(reading, spent=True)


async def forgive(scan: Scan, reading: Reading) -> None:
    """The code was right: its try is given back, so that only failures count."""
    if reading.spent:
        for limit, subject in _subjects(scan):
            await limits.give_back(limit, subject)


def _read(scan: Scan) -> Reading:
    try:
        parsed = codes.parse(scan.code)
    except CodeUnreadable as refusal:
        return Reading(None, refusal, scan.channel or UseChannel.TYPED, spent=False)
    channel = scan.channel or _channel(parsed)
    if isinstance(parsed, codes.Voucher) and not codes.is_genuine(parsed, keyring.signing_keys()):
        return Reading(parsed, BadSignature(), channel, spent=False)
    if isinstance(parsed, codes.Unit | codes.Order):
        return Reading(parsed, UnknownCode(), channel, spent=False)
    return Reading(parsed, None, channel, spent=False)


def _channel(parsed: Parsed) -> UseChannel:
    if isinstance(parsed, codes.TypedCode):
        return UseChannel.TYPED
    return UseChannel.PAPER if isinstance(parsed, codes.PaperCard) else UseChannel.SCAN


async def _spend(scan: Scan) -> None:
    """The device first: one that guesses never uses up what its shop and the others have."""
    try:
        for limit, subject in _subjects(scan):
            await limits.spend(limit, subject)
    except Busy:
        await _flag(scan.till)
        raise


def _subjects(scan: Scan) -> list[tuple[Limit, str]]:
    return [
        (PER_DEVICE, str(scan.till.till_id)),
        (PER_SHOP, str(scan.till.shop_id)),
        *([(PER_ADDRESS, scan.ip)] if scan.ip else []),
        (GLOBAL, ""),
    ]


async def _flag(till: TillCaller) -> None:
    """Somebody may be guessing: said in the record once an hour a device, for a manager to see."""
    try:
        await limits.spend(FLAG, str(till.till_id))
    except Busy:
        return
    async with transaction():
        await note(
            "till.guessing",
            By(Actor.TILL, till.till_id),
            object_kind="till",
            object_id=till.till_id,
        )
