from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.feeds.charset import decode
from alerts.feeds.oddness import oddness
from alerts.feeds.twice_encoded import undo

# Two sentences each, as short as a feed with one item.
KOREAN = "해안경비대는 새벽에 탄도미사일 발사를 포착했다고 밝혔다. 항구는 정오까지 닫혔다."
CHINESE = "海岸警卫队表示,黎明前发现弹道导弹发射。港口关闭到中午,没有人员受伤。"
TRADITIONAL = "海岸警衛隊表示,黎明前發現彈道飛彈發射。港口關閉到中午,沒有人員受傷。"
JAPANESE = "沿岸警備隊は夜明け前に弾道ミサイルの発射を確認したと述べた。港は正午まで閉鎖された。"
RUSSIAN = "Береговая охрана сообщила о пуске баллистической ракеты. Порт закрыт до полудня."
GREEK = "Η ακτοφυλακή ανέφερε εκτόξευση βαλλιστικού πυραύλου. Το λιμάνι έκλεισε μέχρι το μεσημέρι."
ARABIC = "أعلن خفر السواحل عن إطلاق صاروخ باليستي قبل الفجر. أغلق الميناء حتى الظهر."
HEBREW = "משמר החופים דיווח על שיגור טיל בליסטי לפני עלות השחר. הנמל נסגר עד הצהריים."
FRENCH = "La garde côtière a signalé le tir d'un missile à l'aube. Le port a été fermé jusqu'à midi, hélas."
WRITTEN = [
    (KOREAN, "euc_kr"),
    (CHINESE, "gb18030"),
    (TRADITIONAL, "big5"),
    (JAPANESE, "shift_jis"),
    (JAPANESE, "euc_jp"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8_r"),
    (GREEK, "iso8859_7"),
    (ARABIC, "cp1256"),
    (HEBREW, "cp1255"),
    (FRENCH, "latin_1"),
]


def document(text: str, claim: str) -> str:
    declaration = f'<?xml version="1.0" encoding="{claim}"?>' if claim else ""
    return f'{declaration}<rss version="2.0"><channel><title>{text}</title></channel></rss>'


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
@pytest.mark.parametrize("claim", ["utf-8", "iso-8859-1", "us-ascii", "", "no-such-thing"])
def test_text_is_read_whatever_the_document_claims(text: str, encoding: str, claim: str) -> None:
    whole = document(text, claim)
    assert decode(whole.encode(encoding)).text == whole


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_a_true_claim_is_believed_and_worth_no_word(text: str, encoding: str) -> None:
    whole = document(text, encoding.replace("_", "-"))
    decoded = decode(whole.encode(encoding))
    assert (decoded.text, decoded.problem) == (whole, None)
    assert decode(document(text, "").encode(encoding), encoding).problem is None


@pytest.mark.parametrize("text", [KOREAN, RUSSIAN, ARABIC, FRENCH])
@pytest.mark.parametrize("claim", ["iso-8859-1", "windows-1251", "euc-kr", "utf-16"])
def test_valid_utf_8_wins_over_every_claim(text: str, claim: str) -> None:
    decoded = decode(document(text, claim).encode(), claim)
    assert decoded.text == document(text, claim)
    assert decoded.problem == "The encoding is not the declared one; read as utf-8"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wide_encodings_are_known_with_and_without_a_mark(encoding: str) -> None:
    whole = document(KOREAN, "")
    decoded = decode(whole.encode(encoding))
    assert (decoded.text, decoded.problem) == (whole, None)


def test_encodings_of_seven_bits_need_a_claim_or_a_shift() -> None:
    whole = document(JAPANESE, "iso-2022-jp")
    assert decode(whole.encode("iso2022_jp")).text == whole
    assert decode(whole.encode("iso2022_jp").replace(b"iso-2022-jp", b"utf-8")).text.endswith(whole[-60:])
    plain = b'<rss version="2.0">a~{b+AGE-</rss>'
    assert decode(plain).text == plain.decode()


def test_a_character_cut_in_two_costs_itself_only() -> None:
    cut = document(KOREAN, "utf-8").encode().replace("다. ".encode(), "다. ".encode()[:2])
    decoded = decode(cut)
    assert decoded.text.count("\ufffd") == 1
    assert "탄도미사일" in decoded.text
    assert decoded.problem == "Some characters are broken; read as utf-8"
    quotes = document(KOREAN, "utf-8").encode().replace(b". ", b"\x93\x94")
    assert "“”" in decode(quotes).text


def test_a_document_that_itself_holds_replacement_characters_is_not_blamed() -> None:
    assert decode(document("a\ufffdb", "utf-8").encode()).problem is None


@pytest.mark.parametrize(
    "label", ["rot13", "hex", "unicode_escape", "idna", "zip", "base64", "x" * 60, "\x00"]
)
def test_codecs_that_are_no_encodings_of_text_are_no_claims(label: str) -> None:
    assert decode(b"<rss>abc</rss>", label).text == "<rss>abc</rss>"
    assert decode(document(RUSSIAN, "").encode("cp1251"), label).text == document(RUSSIAN, "")


@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "latin-1", "euc-kr", "utf-16", "utf-7", "hz"]))
def test_any_bytes_become_text(body: bytes, claim: str) -> None:
    decoded = decode(body, claim)
    decoded.text.encode()


@given(st.text(max_size=200))
def test_utf_8_is_read_back_unless_it_was_encoded_twice(text: str) -> None:
    read = decode(("<rss>" + text).encode()).text
    assert read == (undo("<rss>" + text) or "<rss>" + text)


@pytest.mark.parametrize("text", [text for text, _ in WRITTEN])
def test_real_text_looks_less_odd_than_the_same_misread(text: str) -> None:
    assert oddness(text) + 0.05 < oddness(text.encode().decode("cp1252", "replace"))


@pytest.mark.parametrize("text", [KOREAN, RUSSIAN, ARABIC, FRENCH + " – “déjà”"])
def test_text_encoded_twice_is_what_was_meant(text: str) -> None:
    twice = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    assert undo(twice) == text
    assert decode(document(twice, "utf-8").encode()).problem == "The text was encoded twice; repaired"
    assert undo(text) is None


@pytest.mark.parametrize("text", ["", "plain", "Ã©", "São Tomé e Príncipe", "A–B, “C”, D…"])
def test_text_that_may_be_honest_is_left_alone(text: str) -> None:
    assert undo(text) is None
