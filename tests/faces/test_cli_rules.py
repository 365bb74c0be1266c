"""``alerts rules check`` as people and programs read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alerts.cli import cli


def checked(*words: str) -> Result:
    return CliRunner().invoke(cli, ["rules", "check", *words])


def test_a_query_that_can_be_read_is_printed_as_it_is_understood() -> None:
    done = checked("place:@kp (@missile NEAR @launch)", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "ok": True,
        "errors": [],
        "warnings": [],
        "tree": "place:@kp AND @missile NEAR/5 @launch",
    }


def test_an_error_is_an_object_with_code_column_message_and_hint() -> None:
    done = checked("titel:missile", "--json")
    assert done.exit_code == 2
    found = json.loads(done.stdout)
    (error,) = found.pop("errors")
    assert found == {"ok": False, "warnings": [], "tree": None}
    assert (error.pop("code"), error.pop("column"), error.pop("hint")) == ("E10", 1, "Did you mean title: ?")
    assert list(error) == ["message"]


@pytest.mark.parametrize(("query", "columns"), [("a (b", 2), ("导弹 (b", 5), ("a OR\n导弹 (b", 5)])
def test_the_caret_stands_below_the_fault_also_after_wide_characters(query: str, columns: int) -> None:
    done = checked(query)
    assert done.exit_code == 2
    line, caret, said = done.stderr.splitlines()
    assert line == query.splitlines()[-1]
    assert caret == " " * columns + "^"
    assert said.startswith("E04 at column ")
    assert said.endswith("this bracket is never closed. Add ) where the group ends.")


def test_the_errors_of_a_file_name_their_rule_and_point_into_its_query(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        "[[rule]]\nkey = 'one'\nquery = 'grain'\nmatch = ['nothing']\n"
        "[[rule]]\nkey = 'two'\nquery = '导弹 )'\n",
        "utf-8",
    )
    done = checked("--file", str(rules))
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "rule one: “nothing” must match and does not; change the query or the example.",
        "导弹 )",
        "     ^",
        "two: E04 at column 4: this bracket was never opened. Remove it, or add ( before it.",
    ]
