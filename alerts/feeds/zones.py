"""Time zones as feeds name them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_OFFSET = re.compile(
    r"(?:GMT|UTC?|Z)?\s*([+-])\s?(\d{1,2})(?::?([0-5]\d))?(?!\d)\s*(?:[(\[].*|[A-Z ]*)", re.IGNORECASE
)
_PLACE = re.compile(r"[A-Z][a-z]+(?:/[A-Z][A-Za-z_]+){1,2}")
_FURTHEST = 14 * 60

# Minutes east of Greenwich. Of several meanings the one stands here that feeds have: RFC 822 names are
# American, IST is Indian, BST British, AST Atlantic. Names whose meanings are equally common are left out.
# fmt: off
_NAMES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "met": 60,
    "mest": 120, "mez": 60, "mesz": 120, "wat": 60, "cat": 120, "sast": 120, "eet": 120, "eest": 180,
    "idt": 180, "msk": 180, "msd": 240, "eat": 180, "trt": 180, "irst": 210, "irdt": 270, "gst": 240,
    "get": 240, "azt": 240, "samt": 240, "aft": 270, "pkt": 300, "uzt": 300, "tjt": 300, "tmt": 300,
    "yekt": 300, "ist": 330, "npt": 345, "omst": 360, "kgt": 360, "mmt": 390, "ict": 420, "wib": 420,
    "novt": 420, "krat": 420, "hovt": 420, "hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "wita": 480,
    "awst": 480, "irkt": 480, "jst": 540, "kst": 540, "wit": 540, "yakt": 540, "tlt": 540, "acst": 570,
    "acdt": 630, "aest": 600, "aedt": 660, "vlat": 600, "pgt": 600, "chst": 600, "magt": 660, "sakt": 660,
    "nzst": 720, "nzdt": 780, "pett": 720, "fjt": 720, "nst": -210, "ndt": -150, "adt": -180, "ast": -240,
    "at": -240, "edt": -240, "est": -300, "et": -300, "cdt": -300, "cst": -360, "ct": -360, "mdt": -360,
    "mst": -420, "mt": -420, "pdt": -420, "pst": -480, "pt": -480, "akdt": -480, "akst": -540, "hst": -600,
    "hast": -600, "sst": -660, "brt": -180, "brst": -120, "art": -180, "uyt": -180, "pyst": -180,
    "clst": -180, "gft": -180, "clt": -240, "bot": -240, "vet": -240, "gyt": -240, "cot": -300, "pet": -300,
    "ect": -300,
}
_LOCAL = {
    ("zh", "cst"): 480, ("he", "ist"): 120, ("ga", "ist"): 60, ("ar", "ast"): 180, ("bn", "bst"): 360,
    ("ms", "sst"): 480, ("fil", "pst"): 480, ("tl", "pst"): 480,
}
# fmt: on


def zone(name: str, language: str | None = None) -> timedelta | ZoneInfo | None:
    """How far east of Greenwich a zone is, or its rules; None for no name or one that we do not know.

    ``+0200``, ``GMT+2``, ``EST``, ``Asia/Seoul``; also with a remark in brackets behind it.
    """
    name = name.strip()
    if match := _OFFSET.fullmatch(name):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > _FURTHEST:
            return None
        return timedelta(minutes=minutes if match[1] == "+" else -minutes)
    if _PLACE.fullmatch(name):
        return _place(name)
    name = re.sub(r"^etc/|\W.*$", "", name.lower())
    minutes_east = _LOCAL.get(((language or "").split("-")[0].lower(), name), _NAMES.get(name))
    return None if minutes_east is None else timedelta(minutes=minutes_east)


@lru_cache(maxsize=1_000)
def _place(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # KeyError: ZoneInfoNotFoundError
        return None
