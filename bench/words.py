"""Words of invented news: things that happen, who says so, and the sentences that carry them.

Places are made of syllables, so that there are many of them and none is real.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one language tells news. Sentences have holes for ``event``, ``place``, ``actor``, ``number``."""

    events: tuple[str, ...]
    actors: tuple[str, ...]
    headlines: tuple[str, ...]
    sentences: tuple[str, ...]
    syllables: tuple[str, ...]


def _list(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(","))


_LATIN = _list("ka, ra, du, mo, ti, ve, lo, sha, ne, bu, zi, pa, gor, mel, tan, ur, ish, fa, ko, hin")
_CYRILLIC = _list("ка, ра, ду, мо, ти, ве, ло, ша, не, бу, зи, па, гор, мел, тан, ур, иш, фа, ко, хин")
_ARABIC = _list("كا, را, دو, مو, تي, في, لو, شا, ني, بو, زي, با, غور, مل, تان, ور, يش, فا, كو, هين")
_CHINESE = _list("卡, 拉, 杜, 莫, 提, 维, 洛, 沙, 内, 布, 兹, 帕, 戈, 梅, 坦, 乌, 伊, 法, 科, 欣")

TONGUES: Mapping[str, Tongue] = {
    "en": Tongue(
        _list(
            "missile launch, sanctions, ceasefire, drone strike, curfew, coup attempt, border clash, "
            "mediation, troop build-up, mass protest, landmine, blockade, hostage release, displacement, "
            "arms shipment, election violence, airstrike, peace talks, famine warning, cyber attack, "
            "ambush, siege, amnesty"
        ),
        _list("the defence ministry, aid agencies, the regional bloc, local officials, rebel commanders"),
        (
            "{actor} report {event} near {place}",
            "{place}: {event} raises fears of wider conflict",
            "What the {event} in {place} means for the region",
        ),
        (
            "Residents said that the {event} in {place} began before dawn and {number} families left.",
            "On Tuesday {actor} confirmed the {event} and asked both sides to show restraint in {place}.",
            "Observers have counted {number} incidents this month, most of them along the road to {place}.",
            "The announcement came after a week of quiet diplomacy, although nobody had expected a {event}.",
        ),
        _LATIN,
    ),
    "fr": Tongue(
        _list(
            "tir de missile, sanctions, cessez-le-feu, frappe de drone, couvre-feu, coup d'État, "
            "médiation, affrontement frontalier, manifestation, mine antipersonnel, blocus, "
            "libération d'otages, embuscade, déplacement de population, livraison d'armes, "
            "pourparlers de paix, famine, cyberattaque, siège"
        ),
        _list(
            "le ministère de la défense, les organisations humanitaires, les autorités locales, les rebelles"
        ),
        (
            "{place} : {event} et craintes d'une escalade",
            "Selon {actor}, {event} près de {place}",
            "Ce que change {event} à {place} pour toute la région",
        ),
        (
            "À {place}, tout a commencé avant l'aube, et {number} familles sont déjà parties.",
            "Mardi, {actor} ont confirmé les informations sur {event} et appelé à la retenue.",
            "Les observateurs ont compté {number} incidents ce mois-ci, surtout sur la route de {place}.",
            "L'annonce vient après une semaine de discussions, quand personne n'attendait {event}.",
        ),
        _LATIN,
    ),
    "es": Tongue(
        _list(
            "lanzamiento de misil, sanciones, alto el fuego, ataque con drones, toque de queda, "
            "golpe de Estado, enfrentamiento fronterizo, mediación, protesta masiva, mina antipersona, "
            "bloqueo, desplazamiento, liberación de rehenes, envío de armas, negociaciones de paz, "
            "hambruna, ciberataque, emboscada, asedio"
        ),
        _list("el ministerio de Defensa, las agencias humanitarias, las autoridades locales, los rebeldes"),
        (
            "{place}: {event} y temor a una escalada",
            "Según {actor}, {event} cerca de {place}",
            "Qué significa para la región {event} en {place}",
        ),
        (
            "Los vecinos de {place} cuentan que todo empezó de noche y que {number} familias se fueron.",
            "El martes, {actor} confirmaron las noticias sobre {event} y pidieron moderación.",
            "Los observadores contaron {number} incidentes este mes, la mayoría en el camino hacia {place}.",
            "El anuncio llega tras una semana de conversaciones, cuando nadie esperaba {event}.",
        ),
        _LATIN,
    ),
    "de": Tongue(
        _list(
            "Raketenstart, Sanktionen, Waffenruhe, Drohnenangriff, Ausgangssperre, Putschversuch, "
            "Vermittlung, Grenzgefecht, Massenprotest, Landmine, Blockade, Geiselfreilassung, "
            "Vertreibung, Waffenlieferung, Luftangriff, Friedensgespräche, Hungersnot, Cyberangriff, "
            "Hinterhalt, Belagerung, Truppenaufmarsch"
        ),
        _list("das Verteidigungsministerium, Hilfsorganisationen, örtliche Behörden, die Aufständischen"),
        (
            "{place}: {event} weckt Sorge vor einer Eskalation",
            "{event} bei {place}: Was {actor} berichten",
            "Was der Bericht über {event} in {place} für die Region bedeutet",
        ),
        (
            "Bewohner von {place} sagen, alles habe nachts begonnen und {number} Familien seien fort.",
            "Am Dienstag bestätigten {actor} die Meldungen über {event} und mahnten zur Zurückhaltung.",
            "Beobachter zählten in diesem Monat {number} Vorfälle, die meisten an der Straße nach {place}.",
            "Die Nachricht kam nach einer Woche stiller Gespräche; mit {event} hatte niemand gerechnet.",
        ),
        _LATIN,
    ),
    "ru": Tongue(
        _list(
            "запуск ракеты, санкции, прекращение огня, удар беспилотника, комендантский час, "
            "попытка переворота, столкновение на границе, посредничество, массовый протест, мина, "
            "блокада, освобождение заложников, поставка оружия, авиаудар, мирные переговоры, "
            "угроза голода, кибератака, засада, осада, амнистия"
        ),
        _list("министерство обороны, гуманитарные организации, местные власти, командиры повстанцев"),
        (
            "{place}: {event} вызывает опасения эскалации",
            "Сообщают {actor}: {event} недалеко от города {place}",
            "Что означает {event} в районе {place} для всего региона",
        ),
        (
            "Жители города {place} рассказали, что всё началось до рассвета и что уехали {number} семей.",
            "Во вторник {actor} подтвердили сообщения о том, что там {event}, и призвали к сдержанности.",
            "Наблюдатели насчитали в этом месяце {number} инцидентов, большинство на дороге в {place}.",
            "Заявление прозвучало после недели тихой дипломатии, хотя никто не ожидал, что будет {event}.",
        ),
        _CYRILLIC,
    ),
    "ar": Tongue(
        _list(
            "إطلاق صاروخ, عقوبات, وقف إطلاق النار, غارة بطائرة مسيرة, حظر التجول, محاولة انقلاب, وساطة, "
            "اشتباك حدودي, احتجاجات حاشدة, لغم أرضي, حصار, الإفراج عن رهائن, نزوح, شحنة أسلحة, "
            "غارة جوية, محادثات سلام, تحذير من المجاعة, هجوم إلكتروني, كمين, عفو عام"
        ),
        _list("وزارة الدفاع, وكالات الإغاثة, السلطات المحلية, قادة المتمردين"),
        (
            "{place}: {event} يثير مخاوف من التصعيد",
            "{actor} تتحدث عن {event} قرب {place}",
            "ماذا يعني {event} في {place} للمنطقة",
        ),
        (
            "قال سكان {place} إن كل شيء بدأ قبل الفجر وإن {number} عائلة غادرت منازلها.",
            "وأكدت {actor} يوم الثلاثاء الأنباء عن {event} ودعت الطرفين إلى ضبط النفس.",
            "وأحصى المراقبون {number} حادثا هذا الشهر معظمها على الطريق إلى {place}.",
            "وجاء الإعلان بعد أسبوع من الدبلوماسية الهادئة ولم يكن أحد يتوقع {event}.",
        ),
        _ARABIC,
    ),
    "zh": Tongue(
        _list(
            "导弹发射, 制裁, 停火, 无人机袭击, 宵禁, 政变未遂, 边境冲突, 调解, 大规模抗议, 地雷, 封锁, "
            "释放人质, 流离失所, 武器运输, 空袭, 和平谈判, 饥荒预警, 网络攻击, 伏击, 围困, 大赦"
        ),
        _list("国防部, 援助机构, 地方官员, 叛军指挥官"),
        (
            "{place}附近发生{event}，{actor}表示关切",
            "{place}：{event}引发冲突升级担忧",
            "{place}的{event}对该地区意味着什么",
        ),
        (
            "{place}居民说，{event}在黎明前开始，已有{number}个家庭离开。",
            "星期二，{actor}证实了有关{event}的消息，并呼吁{place}各方保持克制。",
            "观察人士本月统计到{number}起事件，大多发生在通往{place}的道路沿线。",
            "此前一周一直在进行低调的外交努力，没有人预料到会出现{event}。",
        ),
        _CHINESE,
    ),
}
