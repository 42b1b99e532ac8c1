"""Coordinates as staff copy them from a map."""

import pytest

from backend.kit import coordinates
from backend.kit.coordinates import CoordinatesUnreadable


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("48.9356", "2.3539"),
        ("48,9356", "2,3539"),
        ("48.9356, 2.3539", ""),
        ("48.9356,2.3539", ""),
        ("48,9356 ; 2,3539", ""),
        ("48.9356 2.3539", ""),
    ],
)
def test_a_point_is_read_when_copied_from_a_map(latitude: str, longitude: str) -> None:
    assert coordinates.read(latitude, longitude) == (48.9356, 2.3539)


def test_there_is_no_point_when_nothing_is_typed() -> None:
    assert coordinates.read(" ", "") is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "field"),
    [
        ("91", "2", "latitude"),
        ("48", "181", "longitude"),
        ("48", "", "longitude"),
        ("", "2", "latitude"),
        ("nord", "2", "latitude"),
        ("nan", "2", "latitude"),
        ("1e5", "2", "latitude"),
    ],
)
def test_the_wrong_field_is_named_when_it_is_no_point(
    latitude: str, longitude: str, field: str
) -> None:
    with pytest.raises(CoordinatesUnreadable) as refused:
        coordinates.read(latitude, longitude)
    assert list(refused.value.fields) == [field]


def test_degrees_are_shown_as_maps_write_them() -> None:
    assert [coordinates.show(each) for each in (48.9356, 2.0, None)] == ["48.9356", "2", ""]
