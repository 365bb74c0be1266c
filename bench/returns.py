"""``python -m bench.returns CORPORA``: how well mails that came back are read, on others' collections.

CORPORA holds ``mail/*.tar.xz`` as their sources give them (see docs): the fixtures of flufl.bounce with the
addresses it expects, the samples of sisimai and of Mail::DeliveryStatus::BounceParser. ``returns_read.csv``
beside this file is what one person read in a random sample of the latter two (seed 6) before the program did.
"""

from __future__ import annotations

import csv
import json
import random
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alerts.mail.returns import read_return
from alerts.model import ReturnKind

READ = Path(__file__).with_name("returns_read.csv")
BOUNCES = ("bounceparser", "sisimai-bounces-arf")


def mails(archive: Path) -> dict[str, bytes]:
    """The mails of an archive by file name."""
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None and member.name.endswith((".eml", ".msg", ".txt")):
                found[Path(member.name).name] = content.read()
    return found


def addresses(fixtures: Mapping[str, bytes], expected: Mapping[str, Any]) -> dict[str, Any]:
    """How many of the expected addresses are named, and which are not."""
    wanted, missed, more = 0, [], []
    for name, expectation in expected.items():
        want = {address.lower() for address in expectation["addresses"]}
        got = {
            each.recipient.lower() for each in read_return(fixtures[name]) if each.kind is not ReturnKind.NONE
        }
        wanted += len(want)
        missed += [f"{name}: {address}" for address in sorted(want - got)]
        more += [f"{name}: {address}" for address in sorted(got - want)]
    return {"expected": wanted, "found": wanted - len(missed), "missed": missed, "not expected": more}


def classified(samples: Mapping[str, bytes]) -> dict[str, Any]:
    """Kinds, time, and the mails of which nothing follows."""
    kinds: Counter[str] = Counter()
    nothing = []
    started = time.perf_counter()
    for name, content in sorted(samples.items()):
        answers = read_return(content)
        kinds.update(each.kind.value for each in answers)
        if all(each.kind is ReturnKind.NONE for each in answers):
            nothing.append(name)
    spent = time.perf_counter() - started
    rate = f"{len(samples) - len(nothing)} of {len(samples)}"
    return {
        "classified": rate,
        "kinds": dict(kinds),
        "none": nothing,
        "ms each": round(1000 * spent / len(samples), 2),
    }


def agreement(samples: Mapping[str, bytes]) -> dict[str, Any]:
    """Mails of the sample that the program reads as the person did: every recipient, and its kind."""
    read: dict[str, set[tuple[str, str]]] = {}
    with READ.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            read.setdefault(row["file"], set()).add((row["recipient"].lower(), row["kind"]))
    drawn = random.Random(6).sample(order(samples), len(read))
    assert set(drawn) == set(read), "the sample is another one than was read"
    differ = []
    for name, person in read.items():
        program = {(each.recipient.lower(), each.kind.value) for each in read_return(samples[name])}
        if program != person:
            differ.append(f"{name}: person {sorted(person)}, program {sorted(program)}")
    return {"agree": f"{len(read) - len(differ)} of {len(read)}", "differ": differ}


def order(samples: Mapping[str, bytes]) -> list[str]:
    """The order from which the sample was drawn: one collection after the other, by name."""
    return sorted(samples, key=lambda name: (name.endswith(".eml"), name))


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0]) / "mail"
    expected = json.loads((folder / "flufl-bounce_expected.json").read_text(encoding="utf-8"))
    samples = {name: mail for part in BOUNCES for name, mail in mails(folder / f"{part}.tar.xz").items()}
    report = {
        "flufl.bounce": addresses(mails(folder / "flufl-bounce.tar.xz"), expected),
        "sisimai and BounceParser": classified(samples),
        "sample read by a person": agreement(samples),
    }
    print(json.dumps(report, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
