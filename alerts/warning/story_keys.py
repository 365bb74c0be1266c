"""Keys: by which items of one event find each other in a database, without comparing all with all."""

from __future__ import annotations

import hashlib
from itertools import combinations

from alerts.warning.prints import Print
from alerts.warning.weights import Weights

MOST_KEYS = 12

_LEAD = 0.85  # a word of the summary finds less surely than one of the title
_NAME = 1.25  # and a name more surely: every outlet has it
_ALONE = 1 / 100  # of the items of a language: a word that more of them have finds only with another
_SINGLE = 9
_PAIRED = 8  # words of which pairs are made


def keys(print_: Print, weights: Weights) -> tuple[int, ...]:
    """At most MOST_KEYS numbers of 63 bits; the same in every process that has read the same items.

    Items without one in common are never compared. The first key is the whole title, which is the only
    one of a round-up; the others are telling words, alone when few items have them, else in pairs.
    """
    language, words = print_.language, print_.words
    if not words:
        return ()
    whole = _hash(language, "", *sorted(words[: print_.title]))
    if print_.roundup:
        return (whole,)
    share = {word: weights.share(language, word) for word in words}
    names = set(print_.names)
    telling = [
        weight * (1 if at < print_.title else _LEAD) * (_NAME if word in names else 1)
        for at, (word, weight) in enumerate(zip(words, weights.of(print_), strict=True))
    ]
    order = [words[at] for at in sorted(range(len(words)), key=lambda at: (-telling[at], at))]
    alone = [word for word in order if share[word] <= _ALONE][:_SINGLE]
    together = [
        pair for pair in combinations(order[:_PAIRED], 2) if max(map(share.__getitem__, pair)) > _ALONE
    ]
    together.sort(
        key=lambda pair: (min(map(share.__getitem__, pair)) <= _ALONE, share[pair[0]] * share[pair[1]])
    )
    found = [whole, *(_hash(language, word) for word in alone)]
    found += [_hash(language, *sorted(pair)) for pair in together[:MOST_KEYS]]
    return tuple(dict.fromkeys(found))[:MOST_KEYS]


def _hash(*parts: str) -> int:
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1
