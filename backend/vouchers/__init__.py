"""Vouchers and their use at a till: one voucher, one use, one clear verdict.

issued -> redeemed -> (undone) issued; issued -> cancelled or revoked. Held (two minutes, at one
till) and expired are read from dates, no job flips them (V1). A voucher keeps the version of the
offer it was issued with, belongs to its household and keeps its claimant.

A standing discount is used with the member card: a redemption without a voucher (V23).
Redemptions, reversals and refused tries are never changed or deleted (V2).
"""
