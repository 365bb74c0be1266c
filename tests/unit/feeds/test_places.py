from __future__ import annotations

from typing import Any

import pytest

from alerts.feeds.parse import parse
from alerts.feeds.places import on_globe, places, point

GEO = (
    "xmlns:georss='http://www.georss.org/georss' xmlns:gml='http://www.opengis.net/gml' "
    "xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#'"
)


@pytest.mark.parametrize(
    ("element", "found"),
    [
        ("<georss:point>34.5 126.25</georss:point>", (34.5, 126.25)),
        ("<georss:point>34.5, 126.25</georss:point>", (34.5, 126.25)),
        ("<georss:box>10 20 30 40</georss:box>", (20.0, 30.0)),
        ("<georss:polygon>0 0 0 10 10 10 10 0 0 0</georss:polygon>", (5.0, 5.0)),
        ("<georss:line>10 20 12 22</georss:line>", (11.0, 21.0)),
        ("<georss:where><gml:Point><gml:pos>1 2</gml:pos></gml:Point></georss:where>", (1.0, 2.0)),
        ("<geo:lat>-12.5</geo:lat><geo:long>44</geo:long>", (-12.5, 44.0)),
        ("<georss:point>91 0</georss:point>", None),
        ("<georss:point>0 0</georss:point>", None),
        ("<georss:point>north</georss:point>", None),
        ("<georss:point>nan nan</georss:point>", None),
        ("<geo:lat>1</geo:lat>", None),
        ("<gml:Polygon><gml:posList>1 x</gml:posList></gml:Polygon>", None),
    ],
)
def test_a_point_is_found_in_every_notation(element: str, found: tuple[float, float] | None) -> None:
    body = f"<rss version='2.0' {GEO}><channel><item><title>t</title>{element}</item></channel></rss>"
    assert parse(body.encode(), "https://news.example/").items[0].point == found


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"any_country": "Chad, Sudan"}, ("Chad", "Sudan")),
        ({"any_country": "Korea, Republic of, Japan"}, ("Korea, Republic of", "Japan")),
        ({"any_iso3": "TCD;SDN"}, ("TCD", "SDN")),
        ({"georss_featurename": "Strait"}, ("Strait",)),
        ({"dc_coverage": "Chad | Chad"}, ("Chad",)),
        ({"tags": [{"scheme": "https://a.example/nyt_geo", "term": "Iran"}]}, ("Iran",)),
        ({"tags": [{"scheme": "country", "term": "IR", "label": "Iran"}]}, ("Iran",)),
        ({"tags": [{"scheme": "https://a.example/geology", "term": "Rocks"}]}, ()),
        ({"tags": [{"scheme": None, "term": "Iran"}]}, ()),
        ({"any_country": {"a": "b"}, "title": "Chad"}, ()),
    ],
)
def test_places_are_kept_as_given(entry: dict[str, Any], found: tuple[str, ...]) -> None:
    assert places(entry) == found


def test_coordinates_of_no_place_are_none() -> None:
    assert on_globe(None, 1) is on_globe("x", 1) is on_globe(float("inf"), 1) is point({}) is None
