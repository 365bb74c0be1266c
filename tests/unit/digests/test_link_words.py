from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.digests.link_words import LinkWords

short = st.text("ab (2)", max_size=4)


@given(st.lists(st.tuples(short, st.sampled_from(["u", "v", "w"]), short), max_size=30))
def test_links_that_lead_to_different_places_never_have_the_same_words(
    links: list[tuple[str, str, str]],
) -> None:
    words, targets = LinkWords(), {}
    for text, url, source in links:
        apart = words.apart(text, url, source)
        said = f"{text} ({apart})" if apart else text
        assert targets.setdefault(said, url) == url


def test_the_source_tells_them_apart_then_a_number() -> None:
    words = LinkWords()
    urls = ("u1", "u2", "u3", "u1")
    assert [words.apart("Rockets", url, "Wire") for url in urls] == ["", "Wire", "2", ""]
    assert words.apart("Rockets", None, "Wire") == ""
