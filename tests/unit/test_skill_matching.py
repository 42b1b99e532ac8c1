"""Which offers are looked at for a request: quick, and the same as counting one by one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.skills.queries import matching

WORDS = st.lists(st.sampled_from(["couture", "velo", "jardin", "cours", "anglais"]), unique=True)
SIDE = st.lists(st.tuples(WORDS, st.sampled_from(("garden", "lessons"))), max_size=12)


def rows(side: list[tuple[list[str], str]], first: int) -> list[dict[str, Any]]:
    return [
        {"id": first + at, "words": said, "category": category}
        for at, (said, category) in enumerate(side)
    ]


def one_by_one(offered: list[Any], asking: list[Any]) -> list[tuple[int, int]]:
    found = []
    for place, request in enumerate(asking):
        scored = []
        for at, offer in enumerate(offered):
            common = len(set(offer["words"]) & set(request["words"]))
            score = 4 * common + 3 * (offer["category"] == request["category"])
            if score:
                scored.append((-score, at, offer["id"]))
        found += [(rank, place, offer, request["id"]) for rank, _, offer in sorted(scored)[:4]]
    return [(offer, request) for _, _, offer, request in sorted(found)]


@given(offered=SIDE, asking=SIDE)
def test_best_offers_come_first_when_counted_together(
    offered: list[tuple[list[str], str]], asking: list[tuple[list[str], str]]
) -> None:
    """X5: each word in common, then the category, then the newest; who waits longest first."""
    offers, requests = rows(offered, 100), rows(asking, 500)
    assert matching._likely(offers, requests) == one_by_one(offers, requests)
