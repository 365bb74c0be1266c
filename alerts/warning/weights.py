"""How telling a word is: the rarer in the news of its language, the more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import exp, log

from alerts.warning.prints import Print

MOST_TELLING = 5.0
"""The greatest weight, in nats: of a word that one item in 150 has, or fewer. A word that was never seen
tells no more than a name of the week, or headlines that share that name would not meet."""

_MOST_ITEMS = 100_000  # of one language: then all counts are halved, so that old news is forgotten
_MOST_WORDS = 250_000
_PRIOR = 500  # items with none of our words that we pretend to have read: the first real ones are few

_NONE: Counter[str] = Counter()


class Weights:
    """In how many items of a language each word was: one per process, in memory, of bounded size."""

    def __init__(self, prints: Iterable[Print] = ()) -> None:
        self._items: Counter[str] = Counter()
        self._words: dict[str, Counter[str]] = {}
        for each in prints:
            self.learn(each)

    def learn(self, print_: Print) -> None:
        """Counts the words of one more item. To be called once for each new item."""
        language = print_.language
        words = self._words.setdefault(language, Counter())
        words.update(print_.words)
        self._items[language] += 1
        if self._items[language] > _MOST_ITEMS or len(words) > _MOST_WORDS:
            self._items[language] //= 2
            self._words[language] = Counter({word: count // 2 for word, count in words.items() if count > 1})

    def share(self, language: str, word: str) -> float:
        """The part of all items of the language that have this word: above 0, below 1."""
        return 1 / self._rarity(language, word)

    def weight(self, language: str, word: str) -> float:
        """How telling the word is, 0 to MOST_TELLING: the logarithm of how rarely an item has it."""
        return min(MOST_TELLING, log(self._rarity(language, word)))

    def _rarity(self, language: str, word: str) -> float:
        return (self._items[language] + _PRIOR) / (self._words.get(language, _NONE)[word] + 1)

    def belongs(self, language: str, word: str, uses: int) -> bool:
        """Whether half of all items with this word are among these few; False while little has been read."""
        return self._items[language] >= _PRIOR and self._words[language][word] <= 2 * uses

    def of(self, print_: Print) -> list[float]:
        """The weight of each word of a print, in its order."""
        known = self._words.get(print_.language)
        if known is None:
            return [MOST_TELLING] * len(print_.words)
        read = self._items[print_.language] + _PRIOR
        few = read * exp(-MOST_TELLING) - 1
        counts = [known.get(word, 0) for word in print_.words]
        return [MOST_TELLING if count <= few else log(read / (count + 1)) for count in counts]
