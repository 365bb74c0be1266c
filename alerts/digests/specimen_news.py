"""News of our own invention in many scripts, for specimens of every mail.

Some are awkward on purpose: a headline of one word that no line can hold, one with two directions in it, one
that is empty, one whose address is no web address.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.model import (
    Coverage,
    Entry,
    Label,
    Marked,
    RuleCount,
    RuleName,
    Severity,
    SilentFeed,
    Teller,
)

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)

LAUNCH = RuleName("launch", "Missile launch", Severity.CRITICAL)
FIGHTING = RuleName("fighting", "Fighting & shelling <border>", Severity.HIGH)
TRUCE = RuleName("truce", "هدنة", Severity.MEDIUM)
AID = RuleName("aid", "人道主义通道", Severity.LOW)
QUIET = RuleName("quiet", "Border closure", Severity.LOW)
RULES = (LAUNCH, FIGHTING, TRUCE, AID, QUIET)


def marked(text: str) -> Marked:
    """The text with every word between asterisks marked, and the asterisks gone."""
    plain, spans = "", []
    for number, piece in enumerate(text.split("*")):
        if number % 2:
            spans.append((len(plain), len(plain) + len(piece)))
        plain += piece
    return Marked(plain, tuple(spans))


def story(
    number: int,
    language: str,
    source: str,
    title: str,
    quote: str = "",
    *rules: RuleName,
    url: str = "",
    dated: bool = True,
    **more: Any,
) -> Entry:
    return Entry(
        item_id=number,
        url=url or f"https://news.example/{language}/{number}",
        title=marked(title),
        quotes=(marked(quote),) if quote else (),
        source=source,
        language=language,
        published_at=NOON - timedelta(minutes=97 * number),
        dated=dated,
        rules=rules or (LAUNCH,),
        **more,
    )


def teller(number: int, language: str, source: str) -> Teller:
    """A publisher who tells a story some minutes after the first."""
    seen_at = NOON - timedelta(minutes=60 - number)
    return Teller(source, source, source, f"https://{language}.example/{number}", language, seen_at)


OTHERS = (
    teller(1, "fr", "La Dépêche du col"),
    teller(2, "ar", "وكالة الميناء"),
    teller(3, "ko", "항구통신"),
    teller(4, "en", "Lake Radio & Sons"),
)

STORIES = (
    story(
        1,
        "en",
        "Harbour Wire",
        "Two *rockets* leave the northern range before dawn",
        "Observers on the strait counted two *rockets* within nine minutes.",
        LAUNCH,
        FIGHTING,
        outlets=9,
        origins=4,
        others=OTHERS,
        joined=3,
        found_at=NOON - timedelta(hours=3),
        places=("kp",),
    ),
    story(
        2,
        "ko",
        "항구통신",
        "북부 시험장에서 새벽에 *로켓* 두 발 발사",
        "관측소는 구 분 사이에 *로켓* 두 발을 확인했다고 밝혔다.",
        labels=(Label.EXERCISE, Label.DENIAL),
    ),
    story(
        3,
        "zh",
        "港湾社",
        "*北部*靶场凌晨发射两枚*火箭*，邻国提出抗议",
        "观察员说，两枚*火箭*在九分钟内从*北部*先后升空。",
        outlets=3,
        origins=1,
        others=OTHERS[1:3],
        labels=(Label.ANNIVERSARY,),
    ),
    story(
        4,
        "ja",
        "みなと通信",
        "*北部*射場から未明に*ロケット*2発、隣国が抗議",
        "*北部*の観測所は9分間に2発の*ロケット*を確認した。",
    ),
    story(
        5,
        "ru",
        "Гавань",
        "С северного полигона запущены две *ракеты*",
        "Наблюдатели насчитали две *ракеты* за девять минут.",
        LAUNCH,
        TRUCE,
    ),
    story(
        6,
        "ar",
        "وكالة الميناء",
        "إطلاق *صاروخين* من الميدان الشمالي قبل الفجر",
        "رصد المراقبون *صاروخين* في أقل من عشر دقائق.",
        FIGHTING,
    ),
    story(
        7,
        "de",
        "Uferbote",
        "Hafenbehördenkoordinierungsausschusssitzungsunterbrechung",
        "Nach dem *Beschuss* der Mole wurde die Sitzung unterbrochen.",
        FIGHTING,
    ),
    story(8, "am", "የወደብ ዜና", "ከሰሜኑ የተኩስ ሜዳ ሁለት *ሮኬቶች* ተተኮሱ", "", FIGHTING, dated=False),
    story(
        9,
        "fr",
        "La Dépêche du col",
        "*Cessez-le-feu* rompu au col de Varenne : trois blessés",
        "Les deux camps s’accusent d’avoir rompu le *cessez-le-feu* vers minuit.",
        TRUCE,
    ),
    story(
        10,
        "fa",
        "بندر",
        "NATO: *آتش‌بس* «گام نخست» است!",
        "دو طرف گفتند *آتش‌بس* از نیمه‌شب آغاز شده است.",
        TRUCE,
    ),
    story(11, "he", "קול המפרץ", "*הפסקת האש* במעבר הצפוני נכנסה לתוקף (עדכון 2)", "", TRUCE),
    story(
        12,
        "es",
        "Faro del Lago",
        "El primer *convoy* de ayuda llega a las islas del lago",
        "El *convoy* llevó harina y medicinas para tres semanas.",
        AID,
        TRUCE,
    ),
    story(13, "hi", "तट समाचार", "सीमा चौकी से *राहत* का पहला काफ़िला गुज़रा", "", AID),
    story(
        14, "tr", "Liman Postası", "Sınırdan ilk *yardım* konvoyu geçti", "", AID, url="javascript:alert(1)"
    ),
    story(15, "und", "", "", "", AID),
)

# A sentence that matched may be of somebody else who tells the story.
STORIES = (
    replace(
        STORIES[0],
        quotes=(
            *STORIES[0].quotes,
            replace(marked("Deux *fusées* ont traversé le détroit."), source=OTHERS[0].source, language="fr"),
        ),
    ),
    *STORIES[1:],
)

COVERAGE = Coverage(
    44,
    41,
    (
        SilentFeed("Lake Radio", NOON - timedelta(hours=9)),
        SilentFeed("إذاعة البحيرة", None),
        SilentFeed("湖上广播", NOON - timedelta(days=3)),
    ),
)


def counted(entries: tuple[Entry, ...]) -> tuple[RuleCount, ...]:
    """How many of these stories each rule found, beside more, fewer, and an unknown number before."""
    return tuple(
        RuleCount(
            rule,
            len(found := [entry for entry in entries if rule in entry.rules]),
            None if rule is AID else len(found) * 2 if rule is TRUCE else len(found) // 2,
            led=sum(entry.rules[0] == rule for entry in found),
        )
        for rule in RULES
    )


def flood(number: int) -> tuple[Entry, ...]:
    """So many stories, each with a headline, a quote and an address of its own."""
    pattern = [told for told in STORIES if told.quotes]
    return tuple(
        replace(
            pattern[n % len(pattern)],
            item_id=n,
            url=f"https://news.example/flood/{n}",
            title=replace(told := pattern[n % len(pattern)].title, text=f"{told.text} {n}"),
        )
        for n in range(number)
    )
