"""The rule language on half a page: what can be written, an example of it, and what that finds.

Each example is tried on a title that it finds and one that it does not, when the tests of the parser run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that can be written. ``finds`` is about the example."""

    what: str
    example: str
    finds: str


SHORT_GUIDE = (
    Hint("a word", "missile", "the word and its other forms: missiles"),
    Hint("several words", "missile AND launch", "all of them, in any order; AND may be left out"),
    Hint("OR", "missile OR rocket", "one of the two, or both"),
    Hint("NOT", "launch NOT product", "the first where the second is absent; also launch -product"),
    Hint("( )", "(missile OR rocket) launch", "brackets group, as in arithmetic"),
    Hint("@", "@missile @launch", "concepts: their words in every language that they have"),
    Hint('" "', '"ballistic launch"', "these words side by side, in this order and in these forms"),
    Hint('" "~', '"ballistic launch"~3', "the same, with at most 3 other words among them"),
    Hint("NEAR/", "@missile NEAR/5 @launch", "both, with at most 5 words between them, in either order"),
    Hint("ONEAR/", "@launch ONEAR/3 @missile", "the same with 3, and the left one first"),
    Hint("=", "=strike", "this form only, not striking"),
    Hint("= with capitals", "=US", "US and U.S., never us"),
    Hint("*", "missil*", "words that begin so; *rakete finds those that end so"),
    Hint("a field and :", "title:missile", "the word in the title; also summary, source, lang, place, type"),
    Hint("ATLEAST/", "ATLEAST/2(missile, launch, warning)", "at least 2 of the list, in which commas part"),
    Hint("SCORE>=", "SCORE>=10(@missile^6, @launch^5)", "what weighs 10 or more together"),
)
"""Capital letters matter in operators and after ``=``, and nowhere else."""
