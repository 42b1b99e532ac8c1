"""Use cases of the skill exchange: one public verb is one transaction."""

from backend.skills.service.exchanges import (
    accept,
    ask,
    finish,
    refuse,
    say,
    share,
    thank,
    withdraw,
)
from backend.skills.service.hours import (
    claim_hours,
    confirm_hours,
    decide_hours,
    refuse_hours,
)
from backend.skills.service.listings import (
    MAY_USE,
    Entry,
    agree,
    agree_for,
    change,
    end,
    enter,
    renew,
    set_trade,
)
from backend.skills.service.meeting import block, block_owner, unblock
from backend.skills.service.moderation import (
    allow,
    answer_report,
    refuse_listing,
    report,
    set_settings,
    tell_pair,
)

__all__ = [
    "MAY_USE",
    "Entry",
    "accept",
    "agree",
    "agree_for",
    "allow",
    "answer_report",
    "ask",
    "block",
    "block_owner",
    "change",
    "claim_hours",
    "confirm_hours",
    "decide_hours",
    "end",
    "enter",
    "finish",
    "refuse",
    "refuse_hours",
    "refuse_listing",
    "renew",
    "report",
    "say",
    "set_settings",
    "set_trade",
    "share",
    "tell_pair",
    "thank",
    "unblock",
    "withdraw",
]
