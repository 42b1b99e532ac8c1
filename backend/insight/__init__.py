"""Figures across capabilities: what the club reaches, residence by residence.

What leaves the house says nothing of fewer than five people: see `rules.hide_small`.
"""
