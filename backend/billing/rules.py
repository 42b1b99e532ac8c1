"""Words of money: ways to pay, kinds of payment, accounts."""

from enum import StrEnum


class PayWay(StrEnum):
    """How an order is paid."""

    ONLINE = "online"
    MONTHLY = "monthly"
    CASH = "cash"
    CHEQUE = "cheque"
    TRANSFER = "transfer"


class PaymentKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"


class Account(StrEnum):
    """Chart of accounts, French plan comptable associatif (ANC 2018-06), one word each."""

    BANK = "512"
    STRIPE = "5125"
    CASH = "530"
    CHEQUES = "5112"
    PAYER = "411"
    DUES = "756"
    PARTNER_DUES = "706"
    FEES = "627"
