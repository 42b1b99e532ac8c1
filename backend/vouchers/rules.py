"""States of a voucher and ways to use it."""

from enum import StrEnum


class VoucherState(StrEnum):
    """What is stored; held and expired follow from dates and a clock (V1)."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


class UseChannel(StrEnum):
    SCAN = "scan"
    TYPED = "typed"
    PAPER = "paper"
    PHONE = "phone"
    COUNTER_QR = "counter_qr"


class UseMode(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"
