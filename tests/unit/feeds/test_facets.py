from __future__ import annotations

import pytest

from alerts.feeds import facets
from alerts.feeds.facet_names import KIND_NAMES, REGION_NAMES


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Briefing", "briefing"),
        ("Q&A", "q-and-a"),
        ("Publications / Commentary", "commentary"),
        ("type:watch-list", "watch-list"),
        ("https://institute.example/type/press-release", "press-release"),
        ("In The News", "in-the-news"),
        ("op-ed", "commentary"),
        ("Déclarations", "statement"),
        ("DECLARATION", "statement"),
        ("Informes de situación", "situation-report"),
        ("доклады", "report"),
        ("تقرير", "report"),
        ("评论", "commentary"),
        ("논평", "commentary"),
        ("보도자료", "press-release"),
        ("Podcast", "podcast"),
        ("Reporting standards", ""),
        ("", ""),
    ],
)
def test_a_kind_is_recognised_by_its_whole_name_in_any_language(category: str, kind: str) -> None:
    assert facets.kind([category]) == kind


@pytest.mark.parametrize(
    ("categories", "region"),
    [
        (["Africa"], "africa"),
        (["Middle East & North Africa"], "middle-east-north-africa"),
        (["Oriente Próximo"], "middle-east-north-africa"),
        (["World", "Asia/Pacific"], "asia-pacific"),
        (["Asie centrale"], "europe-central-asia"),
        (["中东"], "middle-east-north-africa"),
        (["World"], "global"),
        (["South Africa"], ""),
    ],
)
def test_a_region_is_recognised_and_the_narrow_one_preferred(categories: list[str], region: str) -> None:
    assert facets.region(categories) == region


def test_the_first_category_that_names_a_kind_decides() -> None:
    assert facets.kind(["Security", "Podcasts", "Report"]) == "podcast"


@pytest.mark.parametrize("names", [KIND_NAMES, REGION_NAMES])
def test_no_name_stands_for_two_things(names: dict[str, str]) -> None:
    owners: dict[str, str] = {}
    for facet, all_names in names.items():
        for name in all_names.split("|"):
            assert owners.setdefault(facets._plain(name), facet) == facet
