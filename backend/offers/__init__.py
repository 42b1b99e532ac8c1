"""What partners give to members: by a voucher taken first, or standing on the member card.

An offer is a draft, then published; it may be paused (its vouchers wait) and resumed; ended, no new
voucher is taken and those out are honoured to their last day. Its terms are kept version by
version: a voucher keeps the terms it was issued with. `claimed` counts the vouchers that count
against the stock: issued and redeemed ones.
"""
