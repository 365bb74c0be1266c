"""How often the language of a headline is found, how fast words are analysed, and in what memory.

``python -m bench.languages FOLDER``: the folder holds labelled texts (multilang/ and headlines/ of the
corpora named there). Prints one line a language, then the commonest confusions.
"""

from __future__ import annotations

import json
import lzma
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from alerts.language.detect import detect
from alerts.language.forms import forms
from alerts.language.tokens import surfaces, tokens

_CODES = "en fr es pt de it nl pl ru uk ar fa he tr hi id zh ja ko th ur sv"
ENABLED = tuple(_CODES.split())
HEADLINE = 110  # characters; longer sentences are cut at a word
SHORT = 45
_PARALLEL = {
    "en": "en", "fra": "fr", "fra-CA": "fr", "spa": "es", "spa-MX": "es", "por": "pt", "por-BR": "pt",
    "deu": "de", "ita": "it", "nld": "nl", "pol": "pl", "rus": "ru", "ukr": "uk", "arb": "ar", "fas": "fa",
    "prs": "fa", "heb": "he", "tur": "tr", "hin": "hi", "ind": "id", "zho-CN": "zh", "zho-TW": "zh",
    "jpn": "ja", "kor": "ko", "tha": "th", "urd": "ur", "swe": "sv",
}  # fmt: skip
_PUBLISHERS = {"eng": "en", "fra": "fr"}


def _lines(path: Path) -> Iterator[str]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from lines


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return text[:longest].rpartition(" ")[0] or text[:longest]


def headlines(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Texts with their language, by the collection they are from."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in _lines(folder / "multilang/ntrex_parallel_news.jsonl.xz"):
        row = json.loads(line)
        for column, language in _PARALLEL.items():
            if text := row.get(column, "").strip():
                found["ntrex"].append((_cut(text, HEADLINE), language))
                found["ntrex, short"].append((_cut(text, SHORT), language))
    for line in _lines(folder / "multilang/urdu_world_headlines.tsv.xz"):
        found["urdu"] += [(text.strip(), "ur") for text in line.split("\t")[3:5] if text.strip()]
    for line in _lines(folder / "multilang/thucnews_zh_dev.tsv.xz"):
        found["thucnews"].append((line.partition("\t")[2].strip(), "zh"))
    for line in _lines(folder / "multilang/antcorpus_ar.jsonl.xz"):
        title = json.loads(line)["text"].partition("<TITLE>")[2].partition("</TITLE>")[0].strip()
        found["antcorpus"].append((title, "ar"))
    for line in _lines(folder / "multilang/masakhanews_dev.jsonl.xz"):
        row = json.loads(line)
        if row["lang"] in _PUBLISHERS:
            found["masakhanews"].append((row["headline"], _PUBLISHERS[row["lang"]]))
    for path in sorted(folder.glob("headlines/bbc_rss*.csv.xz")):
        for line in list(_lines(path))[1:]:
            found["bbc"].append((line.partition(",")[0].strip('"'), "en"))
    return {name: sample[:: max(1, len(sample) // 24_000)] for name, sample in found.items()}


def accuracy(
    sample: list[tuple[str, str]], claim: Callable[[str], str | None], shape: Callable[[str], str]
) -> None:
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    began = time.perf_counter()
    for text, language in sample:
        said = detect(shape(text), claim(language), ENABLED).language
        asked[language] += 1
        right[language] += said == language
        if said != language:
            wrong[language, said] += 1
    spent = (time.perf_counter() - began) / len(sample) * 1e3
    print(f"  all {sum(right.values()) / len(sample):.4f} of {len(sample)}, {spent:.3f} ms each")
    print("  " + " ".join(f"{code} {right[code] / asked[code]:.3f}" for code in asked))
    print("  " + " ".join(f"{a}>{b} {count}" for (a, b), count in wrong.most_common(12)))


def _resident() -> float:
    """Resident memory of this process, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def words(sample: list[tuple[str, str]]) -> None:
    by_language: dict[str, list[str]] = defaultdict(list)
    for text, language in sample:
        by_language[language].append(text)
    for language, texts in by_language.items():
        before, began = _resident(), time.perf_counter()
        forms("a", language)
        loaded = time.perf_counter() - began
        texts = texts[:400]
        distinct = {surface for text in texts for surface in surfaces(text) if surface}
        began = time.perf_counter()
        for surface in distinct:
            forms(surface, language)
        each = (time.perf_counter() - began) / len(distinct)
        took = []
        for analyse in (surfaces, lambda text: tokens(text, language)):  # noqa: B023
            began = time.perf_counter()
            for text in texts:
                analyse(text)
            took.append((time.perf_counter() - began) / len(texts) * 1e6)
        print(
            f"  {language}: dictionary {loaded:.2f} s, {_resident() - before:.0f} MB;"
            f" a new word {each * 1e6:.0f} µs;"
            f" a headline {took[0]:.1f} µs as surfaces, {took[1]:.0f} µs as tokens"
        )


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    began = _resident()
    detect("where is it", None, ENABLED)
    print(f"the detector's model: {_resident() - began:.0f} MB")
    samples = headlines(Path(arguments[0]))
    for name, sample in samples.items():
        print(f"{name}, without claim")
        accuracy(sample, lambda _: None, str)
    for name in ("ntrex", "ntrex, short"):
        print(f"{name}, in capitals")
        accuracy(samples[name], lambda _: None, str.upper)
        print(f"{name}, claimed rightly")
        accuracy(samples[name], str, str)
        print(f"{name}, claimed to be English")
        accuracy(samples[name], lambda _: "en", str)
    words(samples["ntrex"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
