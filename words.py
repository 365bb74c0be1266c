"""What the service says to its readers, collected from templates and code and written into every catalogue.

    ./run words            bring all catalogues up to date: new words come in untranslated, old ones go
    ./run words de         begin the catalogue of a language that PLURALS knows
    ./run words --check    change nothing; exit code 1 when a file is not what this would write

A catalogue is a function of the words and their translations alone: no dates, no line numbers, nobody's
machine. Words stand in the order of the files that say them.
"""

from __future__ import annotations

import argparse
import io
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import PoFileError, read_po, write_po
from jinja2 import TemplateSyntaxError

ROOT = Path(__file__).resolve().parent
LOCALES = ROOT / "alerts" / "locale"
DOMAIN = "alerts"
SPOKEN_IN = ("alerts", "templates")

PLURALS = {
    "ar": (
        "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;"
    ),
    "es": "nplurals=2; plural=n != 1;",
    "fr": "nplurals=2; plural=n > 1;",
    "ko": "nplurals=1; plural=0;",
    "ru": (
        "nplurals=3; plural=n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2;"
    ),
    "zh_Hans": "nplurals=1; plural=0;",
}
"""Locale → its Plural-Forms as GNU gettext and Weblate write them, in CLDR's order of the forms. Babel's own
table is not used: for Arabic it swaps the last two forms, so that 11 and 100 are told in each other's."""


def template() -> Catalog:
    """Every message that is said, in the order of files, with the files that say it. Raises SyntaxError
    naming the file that cannot be read."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    reading = ""

    def read(path: str, *_: object) -> None:
        nonlocal reading
        reading = path

    found = extract_from_dir(ROOT, methods, options, callback=read, directory_filter=_is_ours)
    try:
        lines = sorted(found, key=lambda each: (each[0], each[1]))
    except TemplateSyntaxError as error:
        raise SyntaxError(f"{reading}, line {error.lineno}: {error.message}") from error
    except (TokenError, tomllib.TOMLDecodeError) as error:
        raise SyntaxError(f"{reading}: {error.args[0]}") from error
    said = Catalog()
    for path, _, message, comments, context in lines:
        said.add(message, None, [(path, 0)], auto_comments=comments, context=context)
    return said


def names(
    file: BinaryIO, _keywords: object, _tags: object, options: Mapping[str, str]
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """What the rules or situations of a TOML file are called, each a message in the context of its kind: a
    method of extraction, for Babel."""
    kind = options["table"]
    for table in tomllib.load(file).get(kind, ()):
        if name := table.get("name"):
            yield 0, "pgettext", (kind, name), []


def _is_ours(folder: str | Path) -> bool:
    place = Path(folder).relative_to(ROOT).parts
    return place[0] in SPOKEN_IN and "__pycache__" not in place


def template_text(said: Catalog) -> str:
    """The file that translators' programs begin a language from."""
    return _header("The words of the service, to be translated.") + _body(said)


def catalogue_path(locale: str) -> Path:
    return LOCALES / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def begun() -> tuple[str, ...]:
    """The locales that have a catalogue."""
    return tuple(sorted(path.parts[-3] for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


def brought_up_to_date(locale: str, said: Catalog, text: str = "") -> str:
    """A catalogue with what is said today, from its text of before; empty text begins one.

    Whose words changed loses its translation: a stale sentence is worse than an English one.
    """
    title = f"What the service says to its readers, in {Locale.parse(locale).english_name}."
    header = _header(title, Language=locale, **{"Plural-Forms": PLURALS[locale]})
    catalogue = read_po(io.StringIO(text or header), abort_invalid=True)
    catalogue.update(said, no_fuzzy_matching=True)
    return header + _body(catalogue)


def untranslated(text: str) -> int:
    """How many messages of a catalogue are not translated in all their forms, or only perhaps (fuzzy)."""
    return sum(
        message.fuzzy or not all(forms(message.string))
        for message in read_po(io.StringIO(text), abort_invalid=True)
        if message.id
    )


def forms(words: str | Iterable[str] | None) -> tuple[str, ...]:
    """The forms of an id or of a translation; one, when there is no plural."""
    return (words or "",) if isinstance(words, str | None) else tuple(words)


def _header(title: str, **fields: str) -> str:
    lines = {
        "Project-Id-Version": DOMAIN,
        **fields,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    told = "".join(f'"{name}: {value}\\n"\n' for name, value in lines.items())
    return f'# {title}\nmsgid ""\nmsgstr ""\n{told}\n'


def _body(catalogue: Catalog) -> str:
    written = io.BytesIO()
    write_po(written, catalogue, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False)
    return written.getvalue().decode().strip("\n") + "\n"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./run words", description="Collect what is said into the catalogues."
    )
    parser.add_argument("locale", nargs="*", help=f"begin these: {', '.join(sorted(PLURALS))}")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit code 1 when a file is stale"
    )
    asked = parser.parse_args(arguments)
    locales = sorted({*begun(), *asked.locale})
    if unknown := [locale for locale in locales if locale not in PLURALS]:
        parser.error(f"words.py does not know the plural forms of: {', '.join(unknown)}")

    try:
        said = template()
    except SyntaxError as error:
        parser.error(str(error))
    wanted = {LOCALES / f"{DOMAIN}.pot": template_text(said)}
    for locale in locales:
        path = catalogue_path(locale)
        before = path.read_text("utf-8") if path.exists() else ""
        try:
            wanted[path] = brought_up_to_date(locale, said, before)
        except PoFileError as error:
            parser.error(f"{path.relative_to(ROOT)}, line {error.lineno + 1}: {error}")

    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{'stale' if asked.check else 'written'}: {path.relative_to(ROOT)}")
        if not asked.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
    for locale in locales:
        print(
            f"{locale}: {untranslated(wanted[catalogue_path(locale)])} of {len(said)} messages to translate"
        )
    return 1 if asked.check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
