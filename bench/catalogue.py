"""How well the starter pack reads real headlines: ``python -m bench.catalogue CORPORA_FOLDER``.

``gold/`` holds English titles labelled by hand, ``multilang/`` lines of news in parallel translation.
Of a line the English version judges: a concept should be found in the translation exactly where it is
found in the English. Both by the evaluator as it ships; ambiguous titles are left out.
"""

from __future__ import annotations

import csv
import json
import lzma
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from alerts.model import Item
from alerts.rules.evaluate import analyse, evaluate
from alerts.rules.files import read_rules
from alerts.rules.lexicon import Concepts
from alerts.rules.query import Node, parse
from alerts.rules.shipped import RULES, concepts_with

COLUMNS = {
    "fr": ("fra", "fra-CA"),
    "es": ("spa", "spa-MX"),
    "pt": ("por", "por-BR"),
    "de": ("deu",),
    "it": ("ita",),
    "nl": ("nld",),
    "pl": ("pol",),
    "ru": ("rus",),
    "uk": ("ukr",),
    "ar": ("arb",),
    "fa": ("fas",),
    "he": ("heb",),
    "tr": ("tur",),
    "hi": ("hin",),
    "id": ("ind",),
    "zh": ("zho-CN", "zho-TW"),
    "ja": ("jpn",),
    "ko": ("kor",),
}
"""Language of the starter pack and the columns of the parallel lines that are in it."""

JUDGED = ("@kp", "@ru", "@police", "@election", "@killed")


def _asked(node: Node, title: str, language: str, concepts: Concepts) -> bool:
    item = Item(key="line", url="", title=title, language=language)
    return evaluate(node, analyse(item), concepts) is not None


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _titles(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return [row for row in csv.DictReader(rows) if row["ambiguous"] == "0"]


def _scored(
    node: Node, titles: Iterable[dict[str, str]], wanted: str, right: Collection[str], concepts: Concepts
) -> str:
    """Recall of one label, and precision counting several labels as right."""
    judged = [(row["label"], _asked(node, row["title"], "en", concepts)) for row in titles]
    found = [label for label, hit in judged if hit]
    of_label = [hit for label, hit in judged if label == wanted]
    recall = _share(sum(of_label), len(of_label))
    precision = _share(sum(label in right for label in found), len(found))
    return (
        f"recall of {wanted} {recall:.2f} ({len(of_label)}), precision {precision:.2f} ({len(found)} found)"
    )


def gold(folder: Path, queries: Mapping[str, str], concepts: Concepts) -> Iterator[str]:
    """A line for each hand-labelled set."""
    launches = _titles(folder / "gold_missile_launch.csv")
    of_korea = [row for row in launches if row["north_korea"] == "1"]
    for name, titles in (("North Korean titles", of_korea), ("all titles", launches)):
        for query in (queries["ballistic-launch"], "@missile NEAR/5 @launch"):
            shown = "ballistic-launch" if query is queries["ballistic-launch"] else query
            yield f"{shown}, {name}: {_scored(parse(query), titles, 'E', 'ER', concepts)}"
    decisions = _titles(folder / "gold_sanctions.csv")
    for key, right in (("sanctions-imposed", "A"), ("sanctions", "AM")):
        yield f"{key}: {_scored(parse(queries[key]), decisions, 'A', right, concepts)}"


def parallel(file: Path, concepts: Concepts) -> Iterator[str]:
    """A line for each column: mean recall, the largest share of false hits, and recall/false of each."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    nodes = [parse(query) for query in JUDGED]
    meant = [[_asked(node, row["en"], "en", concepts) for row in rows] for node in nodes]
    for language, columns in COLUMNS.items():
        for column in columns:
            scores = []
            for node, judge in zip(nodes, meant, strict=True):
                found = [_asked(node, row[column], language, concepts) for row in rows]
                right = sum(hit and said for hit, said in zip(found, judge, strict=True))
                false = sum(hit and not said for hit, said in zip(found, judge, strict=True))
                scores.append((_share(right, sum(judge)), _share(false, len(judge) - sum(judge))))
            mean = sum(recall for recall, _ in scores) / len(scores)
            worst = max(false for _, false in scores)
            each = "  ".join(
                f"{query} {recall:.2f}/{false:.1%}"
                for query, (recall, false) in zip(JUDGED, scores, strict=True)
            )
            yield f"{column:7} mean recall {mean:.2f}, false hits at most {worst:.1%}:  {each}"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(f"{__doc__}\nGive the folder that holds gold/ and multilang/.", file=sys.stderr)
        return 2
    corpora = Path(arguments[0])
    concepts = concepts_with((), ("en", *COLUMNS))
    queries = {rule.key: rule.query for rule in read_rules(RULES)}
    for line in gold(corpora / "gold", queries, concepts):
        print(line)
    for line in parallel(corpora / "multilang" / "ntrex_parallel_news.jsonl.xz", concepts):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
