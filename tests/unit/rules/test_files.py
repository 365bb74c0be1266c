from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.errors import BadInput
from alerts.model import Polarity, Rule, Severity
from alerts.rules.files import check, read_rules, write_rules

texts = st.one_of(
    st.text(), st.text(st.sampled_from("a'\"\\\n\r\t#=[]é\x00\x7f\u2028\U0001f680")), st.just('a "b"\nOR c\n')
)
lists = st.lists(texts, max_size=3).map(tuple)
a_rule = st.builds(
    Rule,
    key=st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True),
    name=texts,
    query=texts,
    severity=st.sampled_from(Severity),
    languages=st.lists(st.sampled_from(["en", "ar", "yue"])).map(tuple),
    sources=lists,
    match=lists,
    no_match=lists,
    owner=texts,
    review_at=st.none() | st.dates(),
    polarity=st.sampled_from(Polarity),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(a_rule, max_size=4, unique_by=lambda rule: rule.key).map(tuple))
def test_rules_written_and_read_back_are_the_same(tmp_path: Path, rules: tuple[Rule, ...]) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(write_rules(rules), encoding="utf-8", newline="")
    assert read_rules(file) == rules


def test_a_folder_is_read_in_order_of_file_names(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('[[rule]]\nkey = "one"\nquery = "x"\n')
    (tmp_path / "a.toml").write_text('[[rule]]\nkey = "two"\nquery = "y"\nname = "Two"\n')
    (tmp_path / "notes.txt").write_text("no rules")
    assert read_rules(tmp_path) == (Rule("two", "Two", "y"), Rule("one", "one", "x"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[rule]", "not TOML"),
        ("[[rules]]\n", "did you mean rule?"),
        ("[rule]\n", "two brackets"),
        ("rule = [1]\n", "must be a table"),
        ('[[rule]]\nquery = "a"\n', "key must be"),
        ('[[rule]]\nkey = "A b"\nquery = "a"\n', "'A b'"),
        ('[[rule]]\nkey = "a"\n', r"rule 1 \(a\): query is missing"),
        ('[[rule]]\nkey = "a"\nqurey = "a"\n', "did you mean query?"),
        ('[[rule]]\nkey = "a"\nquery = 3\n', "query must be text"),
        ('[[rule]]\nkey = "a"\nquery = "a"\nmatch = "b"\n', "match must be a list"),
        ('[[rule]]\nkey = "a"\nquery = "a"\nseverity = "hihg"\n', "critical"),
        ('[[rule]]\nkey = "a"\nquery = "a"\npolarity = "up"\n', "polarity must be one of .*de-escalation"),
        ('[[rule]]\nkey = "a"\nquery = "a"\nlanguages = ["English"]\n', "no language code"),
        ('[[rule]]\nkey = "a"\nquery = "a"\nreview_at = "2030-12-31"\n', "day without quotation marks"),
        ('[[rule]]\nkey = "a"\nquery = "a"\nreview_at = 2030-12-31T00:00:00\n', "review_at = 2030-12-31"),
        ('[[rule]]\nkey = "a"\nquery = "a"\nowner = ["desk"]\n', "owner must be text"),
        ('[[rule]]\nkey = "a"\nquery = "a"\n[[rule]]\nkey = "a"\nquery = "b"\n', "twice"),
        ("x = " + "[" * 9000, "nested too deeply"),
    ],
)
def test_a_wrong_file_is_refused_naming_file_and_remedy(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content)
    with pytest.raises(BadInput, match=said) as refused:
        read_rules(file)
    assert "mine.toml" in str(refused.value)


def test_one_key_in_two_files_is_refused_naming_both(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('[[rule]]\nkey = "one"\nquery = "x"\n')
    with pytest.raises(BadInput, match=r"b\.toml: rule one .*a\.toml"):
        read_rules(tmp_path)


def test_what_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_rules(tmp_path / "none.toml")
    with pytest.raises(BadInput, match=r"no \*\.toml"):
        read_rules(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'[[rule]]\nkey = "\xe9"\n')
    with pytest.raises(BadInput, match="UTF-8"):
        read_rules(tmp_path)


def test_examples_decide_whether_a_rule_is_sound() -> None:
    rule = Rule(
        "strike",
        "Strike",
        "frappe OR strike",
        match=("Air strike", "fr: Des frappes"),
        no_match=("fr: Rien", "Nothing"),
    )
    check(rule)
    with pytest.raises(BadInput, match="rule strike: “Quiet” must match and does not"):
        check(replace(rule, match=("Quiet",)))
    with pytest.raises(BadInput, match="rule strike: “fr: Une frappe” must not match and does"):
        check(replace(rule, no_match=("fr: Une frappe",)))
    with pytest.raises(BadInput, match="rule strike: query: E04 at column 1"):
        check(replace(rule, query="(strike"))


def test_an_example_is_in_the_language_of_its_rule_unless_it_says_otherwise() -> None:
    rule = Rule("r", "r", "санкция", languages=("ru", "uk"), match=("Новых санкций",))
    check(rule)
    with pytest.raises(BadInput, match="must match"):
        check(replace(rule, match=("en: санкция",)))
