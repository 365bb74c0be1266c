"""The regions of countries: continents of the United Nations' M49, with Western Asia apart. Pure.

Their names are those of CLDR, so they are there in every language.
"""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale

_COUNTRIES = {
    "002": (
        "ao bf bi bj bw cd cf cg ci cm cv dj dz eg eh er et ga gh gm gn gq gw ke km lr ls ly ma mg ml mr mu "
        "mw mz na ne ng re rw sc sd sh sl sn so ss st sz td tg tn tz ug yt za zm zw"
    ),
    "019": (
        "ag ai ar aw bb bl bm bo bq br bs bz ca cl co cr cu cw dm do ec fk gd gf gl gp gt gy hn ht jm kn ky "
        "lc mf mq ms mx ni pa pe pm pr py sr sv sx tc tt us uy vc ve vg vi"
    ),
    "142": (
        "af bd bn bt cn hk id in ir jp kg kh kp kr kz la lk mm mn mo mv my np ph pk sg th tj tl tm tw uz vn"
    ),
    "145": "ae am az bh cy ge il iq jo kw lb om ps qa sa sy tr ye",
    "150": (
        "ad al at ax ba be bg by ch cz de dk ee es fi fo fr gb gg gi gr hr hu ie im is it je li lt lu lv mc "
        "md me mk mt nl no pl pt ro rs ru se si sj sk sm ua va xk"
    ),
    "009": "as au ck fj fm gu ki mh mp nc nf nr nu nz pf pg pn pw sb tk to tv vu wf ws",
}
_WORLD = "001"
_REGIONS = {country: region for region, countries in _COUNTRIES.items() for country in countries.split()}


def regions(places: Iterable[str], locale: Locale) -> tuple[str, ...]:
    """The names of the regions in which places lie, in the order of the places; nothing for what is no
    country."""
    found = dict.fromkeys(_REGIONS[place] for place in places if place in _REGIONS)
    return tuple(locale.territories[region] for region in found)


def region(places: Iterable[str], locale: Locale) -> str:
    """The name of the first of them, to stand under; that of the world for what is in no country."""
    return next(iter(regions(places, locale)), locale.territories[_WORLD])
