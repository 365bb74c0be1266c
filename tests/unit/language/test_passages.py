from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.language.passages import PASSAGE_WORDS, QUOTE_LENGTH, passages, sentence
from alerts.model import Field, Item

PROSE = st.text(st.sampled_from("ab .!?。\n Á核制")) | st.text()


def _item(title: str = "", summary: str = "", text: str = "") -> Item:
    return Item(key="k", url="", title=title, summary=summary, text=text)


def _texts(item: Item) -> list[tuple[Field, str]]:
    return [(part.field, item[part.field][part.start : part.end]) for part in passages(item)]


def test_title_then_each_paragraph_of_summary_and_text() -> None:
    item = _item(" A title ", "One.\n\nTwo.", "\n\n Three\nstill three \n \n\nFour")
    assert _texts(item) == [
        (Field.TITLE, "A title"),
        (Field.SUMMARY, "One."),
        (Field.SUMMARY, "Two."),
        (Field.TEXT, "Three\nstill three"),
        (Field.TEXT, "Four"),
    ]


def test_a_long_paragraph_is_cut_at_ends_of_sentences() -> None:
    sentences = [f"Sentence number {n} has some eight words here." for n in range(60)]
    cut = [text for _, text in _texts(_item(text=" ".join(sentences)))]
    assert len(cut) > 2
    assert all(text.startswith("Sentence") and text.endswith("here.") for text in cut)
    assert all(len(text.split()) <= PASSAGE_WORDS for text in cut)
    assert " ".join(cut) == " ".join(sentences)


def test_a_long_paragraph_without_spaces_or_stops_is_cut_too() -> None:
    assert len(_texts(_item(text="会议决定" * 400))) > 4
    assert len(_texts(_item(text="会议决定。" * 200))) > 2
    assert len(_texts(_item(text="word " * 1000))) == 7


@given(PROSE)
def test_passages_keep_every_letter_and_never_overlap(text: str) -> None:
    item = _item(text=text)
    kept = "".join(part for _, part in _texts(item))
    assert "".join(kept.split()) == "".join(text.split())
    found = passages(item)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "word", "quoted"),
    [
        ("It rained. A missile fell! Why?", "missile", "A missile fell!"),
        ("Troops of the U.S. Army left. Then rain.", "Army", "Troops of the U.S. Army left."),
        ("He met Gen. Smith in Jan. 2020. Then rain.", "Smith", "He met Gen. Smith in Jan. 2020."),
        ("It cost 5.5 million. Rain.", "million", "It cost 5.5 million."),
        ('He said: "No more war." She left.', "war", 'He said: "No more war."'),
        ("昨天下雨。朝鲜发射导弹！今天晴。", "导弹", "朝鲜发射导弹！"),
        ("هل أطلق الصاروخ؟ نعم.", "الصاروخ", "هل أطلق الصاروخ؟"),
        ("یہ خبر ہے۔ وہ گیا۔", "خبر", "یہ خبر ہے۔"),
        ("First paragraph\n\nsecond one", "second", "second one"),
        ("no stop at all", "stop", "no stop at all"),
    ],
)
def test_the_sentence_around_a_word_is_found(text: str, word: str, quoted: str) -> None:
    start, end = sentence(text, text.index(word), text.index(word) + len(word))
    assert text[start:end] == quoted


def test_a_span_over_two_sentences_gets_both() -> None:
    text = "Zero. One two. Three four. Five."
    start, end = sentence(text, text.index("two"), text.index("Three") + 5)
    assert text[start:end] == "One two. Three four."


def test_an_endless_sentence_is_cut_between_words_around_the_span() -> None:
    text = "before " * 200 + "missile" + " afterwards" * 200
    at = text.index("missile")
    start, end = sentence(text, at, at + 7)
    quoted = text[start:end]
    assert len(quoted) <= QUOTE_LENGTH
    assert quoted.startswith("before ")
    assert quoted.endswith(" afterwards")


@given(PROSE, st.data())
def test_a_sentence_always_contains_its_span_and_stays_short(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    opened, closed = sentence(text, start, end)
    assert 0 <= opened <= start <= end <= closed <= len(text)
    assert closed - opened <= max(QUOTE_LENGTH, end - start)
