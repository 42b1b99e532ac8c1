"""The clock's part: each may run late or twice, what pages show follows from rows."""

from backend.orders.service import looking_after, moving, rounds


async def send_lists() -> None:
    await moving.follow_calendars()
    await rounds.send_due()
    await moving.finish()
    await looking_after.give_up_unpaid()


async def remind() -> None:
    await looking_after.remind()


async def forget() -> None:
    await looking_after.forget()
