"""Figures across capabilities: what the club reaches, spends and brings in, for its office and outside.

Every figure is read from the rows of the capability it comes from, and equals the list it links to.
What leaves the house says nothing of fewer than five people: see `rules.hide_small`.
"""
