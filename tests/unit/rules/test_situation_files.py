from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.errors import BadInput
from alerts.model import Situation
from alerts.rules.situations import check_situation, read_situations, write_situations

keys = st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True)
some_keys = st.lists(keys, max_size=12, unique=True).map(tuple)
a_situation = st.builds(Situation, key=keys, name=st.text(), places=some_keys, rules=some_keys)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(a_situation, max_size=3, unique_by=lambda situation: situation.key).map(tuple))
def test_situations_written_and_read_back_are_the_same(
    tmp_path: Path, situations: tuple[Situation, ...]
) -> None:
    file = tmp_path / "situations.toml"
    file.write_text(write_situations(situations), encoding="utf-8", newline="")
    assert read_situations(file) == situations


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('places = "kp"', "places must be a list"),
        ('places = ["@kp"]', "places: '@kp' is no key; write the key without @"),
        ('rules = ["Launch"]', "rules: 'Launch' is no key"),
        ('places = ["kp", "kp"]', "places: kp is there twice; remove one"),
        ('place = ["kp"]', "did you mean places?"),
    ],
)
def test_a_wrong_situation_is_refused_naming_file_situation_and_remedy(
    tmp_path: Path, lines: str, said: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'[[situation]]\nkey = "korea"\n{lines}\n')
    with pytest.raises(BadInput, match=said) as refused:
        read_situations(file)
    assert "mine.toml: situation 1 (korea)" in str(refused.value)


def test_what_a_situation_names_must_exist() -> None:
    situation = Situation("korea", "Korea", ("kp",), ("launch",))
    check_situation(situation, {"kp"}, {"launch"})
    with pytest.raises(BadInput, match="situation korea: there is no place kp; create it first"):
        check_situation(situation, {"kr"}, {"launch"})
    with pytest.raises(BadInput, match="there is no rule launch"):
        check_situation(situation, {"kp"}, set())
