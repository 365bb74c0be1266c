"""A wrong setting is one sentence that names its variable and gives no secret away."""

from __future__ import annotations

import pytest

from alerts.app import App
from alerts.config import Settings
from alerts.environment import read_settings
from alerts.errors import SettingsError

KEY, OLD, OLDEST = "k" * 32, "o" * 32, "a much older key, also long enough to sign"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ALERTS_OLD_SECRET_KEYS", f"{OLD},short", "too short"),
        ("ALERTS_OPERATORS", "duty@example.org,nobody", "write addresses with commas between"),
        ("ALERTS_SIGN_UP", "perhaps", "'on' or 'off'"),
        ("ALERTS_SIGN_UPS_PER_HOUR", "0", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert name in str(refused.value) and said in str(refused.value)
    assert OLD not in str(refused.value)


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_OLD_SECRET_KEYS", f"{OLD}, {OLDEST.replace(',', ';')}")
    monkeypatch.setenv("ALERTS_OPERATORS", "duty@example.org, desk@example.org")
    settings = read_settings()
    assert settings.old_secret_keys == (OLD, OLDEST.replace(",", ";"))
    assert settings.operators == ("duty@example.org", "desk@example.org")


def test_the_new_key_signs_and_all_are_read() -> None:
    """R18."""
    before, after = App(Settings(secret_key=OLD)), App(Settings(secret_key=KEY, old_secret_keys=(OLD,)))
    assert after.signer.read_preferences(before.signer.preferences_token(7)) == 7
    assert before.signer.read_preferences(after.signer.preferences_token(7)) is None
    hashes = after.address_hashes("muna@example.org")
    assert len(hashes) == 2 and hashes[1:] == before.address_hashes("muna@example.org")
