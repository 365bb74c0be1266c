"""The words in which mail servers of many makes and languages say why a mail was not delivered. Tables.

All are matched without regard to case, in text on one line without addresses and links. A gap never runs
further than some words, so that a search takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def _list(words: str) -> str:
    return "(?:" + "|".join(word.strip() for word in words.split(",")) + ")"


_PLACEHOLDERS = {
    "<gap>": r"[^.!?:;]{0,40}?",
    "<who>": _list(
        "user, users, username, userid, recipients?, recipient's, address, addresses, addressee, mail ?box, "
        "mailboxes, account, customer, subscriber, person, inbox, local.?part, e-?mail, alias, rcpt, login, "
        "employee"
    ),
    "<absent>": _list(
        "unknown, not found, not known, not exist, not a known, not recogni[sz]ed, not listed, not a valid, "
        "not valid, isn't valid, isn't a valid, invalid, is illegal, couldn.t be found, wasn.t found, "
        "could not be found, was not found, doesn.t exist, does not exist, didn.t exist, do not exist, "
        "doesn.t have, does not have a, non.?existent, nonexistent, not registered, no matches"
    ),
    "<closed>": _list(
        "disabled, closed, deactivated, inactive, not active, discontinued, terminated, cancell?ed, deleted, "
        "removed, no longer, abandoned"
    ),
}


def _any(*phrases: str) -> re.Pattern[str]:
    pattern = "|".join(phrases)
    for placeholder, words in _PLACEHOLDERS.items():
        pattern = pattern.replace(placeholder, words)
    return re.compile(pattern, re.IGNORECASE)


# The mailbox does not exist.
UNKNOWN_USER = _any(
    r"\b<who>\b<gap>\b<absent>",
    r"\b(?:unknown|no such|invalid|non.?existent|unrecogni[sz]ed|illegal|undefined|bad|incorrect|not "
    r"(?:a )?(?:valid|known))(?: final delivery| local| mail| e-?mail| virtual| delivery|"
    r" or illegal)?[ :]+<who>\b",
    r"no (?:mail ?box|account|user|recipient|one|such person|such)\b[^.]{0,20}(?:by|with|of|under) "
    r"(?:that|this) name",
    r"no mail ?box (?:available|here|for)|no such (?:person|name|alias|object|mailing list)",
    r"(?:not|isn't) (?:our|a) (?:valid )?(?:customer|user|subscriber|recipient)|unrout(?:e)?able address",
    r"address not found|name is not recogni|not listed in|no matches to nameserver",
    r"not in (?:the )?directory|recipnotfound|recipientnotfound|nosuchuser|baduser|useridunknown",
    r"invalidrecipient|unbekannt|existiert nicht|nicht (?:ge|be)funden|nicht vorhanden",
    r"ungültige (?:adresse|empfänger)",
    r"(?:utilisateur|destinataire|adresse|compte|boîte)[^.]{0,30}(?:inconnue?|n.existe|introuvable|"
    r"invalide)",
    r"inconnu [àa] cette adresse|adresse d au moins un destinataire invalide|utilisateur inconnu",
    r"(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n)[^.]{0,30}(?:desconocid|no existe|"
    r"inexistente|no v[aá]lid|no se (?:ha )?enc)",
    r"(?:usu[aá]rio|destinat[aá]rio|endere[cç]o|conta|caixa)[^.]{0,30}(?:desconhecid|n[ãa]o existe|"
    r"inexistente)",
    r"(?:utente|destinatario|indirizzo|casella)[^.]{0,30}(?:sconosciut|non esiste|inesistente)",
    r"(?:пользовател|получател|адрес|ящик|абонент|учетн)[^.]{0,40}(?:не существует|не найден|неизвест|"
    r"отсутству)",
    r"(?:нет такого|неизвестный|несуществующ\w{1,16}) (?:пользовател|получател|адрес|ящик)",
    r"(?:用户|收件人|邮箱|地址|账号|帐号|帳號|使用者|信箱)[^。]{0,12}(?:不存在|未找到|找不到|无效|無效|未知)",
    r"(?:不存在|无此|查无此)(?:的)?(?:用户|收件人|邮箱|地址|人)",
    r"(?:ユーザ|宛先|宛て先|アドレス|受信者|メールボックス|ディレクトリ)[^。]{0,24}(?:存在しま|存在しない|見つかりま|ありません|不明|該当)",
    r"(?:사용자|수신자|주소|계정|메일함)[^.]{0,16}(?:존재하지|찾을 수 없|알 수 없|없습니다)",
    r"(?:المستخدم|المستلم|العنوان|الحساب|صندوق)[^.]{0,24}(?:غير موجود|غير معروف|لا يوجد)",
)
# Its domain does not.
UNKNOWN_HOST = _any(
    r"(?:unknown|no such|non.?existent|unrouteable) (?:mail )?(?:host|domain|destination)",
    r"\b(?:host|domain)(?: name)?[^.:;]{0,30}\b(?:unknown|not found|doesn.t exist|does not exist|"
    r"couldn.t be found)",
    r"find any host named|nxdomain|null mx|bad destination system|doesn.t receive e?mail",
)
# It existed once.
CLOSED = _any(
    r"\b<who>\b<gap>\b<closed>|\b(?:disabled|closed|inactive|deactivated|deleted) <who>\b",
    r"no longer (?:active|available|in use|valid|exists?|employed|works?|accepts?|accepting|receiving)",
)
# It has no room.
FULL = _any(
    r"quota",
    r"(?:box(?:es)?|folder|maildrop|account|storage|disk|inbox|directory)\b[^.]{0,30}\b(?:full|"
    r"exceed\w{0,16}|over ?limit|out of space)",
    r"exceed\w{0,16}[^.]{0,50}\b(?:storage|disk|space|allocat\w{0,16}|local limit|mailbox|allowed size|"
    r"maximum (?:number|mess))",
    r"(?:insufficient|not enough|no|low|lack of)(?: system| available| free)? (?:storage|disk|space|"
    r"room)",
    r"out of (?:disk|storage|space)|maildir over|(?:full|crowded) (?:mail|in)?box",
    r"too (?:much|many) mail(?:s)? (?:in|data)|(?:postfach|mailbox)[^.]{0,30}\b(?:voll|überfüllt)",
    r"speicherplatz|bo[iî]te[^.]{0,40}(?:pleine|satur)|espace insuffisant",
    r"(?:buz[oó]n|casilla)[^.]{0,30}llen|cuota|sin espacio|caixa[^.]{0,30}(?:cheia|lotada)",
    r"casella[^.]{0,20}piena",
    r"квот|переполнен|недостаточно места|已满|已滿|空间不足|容量|いっぱい|満杯|용량|가득|ممتلئ",
)
# Who sends, what, or how is not wanted: nothing about the mailbox.
REFUSED = _any(
    r"spam|\bjunk\b|bulk mail|unsolicited|phish|suspicious|virus|malware|infected|trojan|black ?list",
    r"block ?list|blocked|\bbanned\b|\brbl\b|dnsbl|reputation|(?<!not )listed (?:at|by|on) |\bspf\b",
    r"\bdkim\b|\bdmarc\b|authenticat|reverse dns|\bptr\b|invalid ip",
    r"relay(?:ing)? (?:\w{1,16} ){0,2}(?:denied|not|prohibited|from)|unable to relay",
    r"not permitted to relay|we do not relay|access denied|not (?:permitted|authori[sz]ed)",
    r"unauthori[sz]ed|administrative|prohibit|polic(?:y|ies)\b|forbidden|not (?:allowed to|accepting)",
    r"permission|restrict|privacy|only accepts|whitelist",
    r"(?:sender|mail from|envelope.from|\bfrom header)(?! you)[^.]{0,40}\b(?:reject\w{0,16}|denied|"
    r"invalid|not|verif\w{0,16}|block\w{0,16}|domain|refused)",
    r"domain of sender|sending (?:domain|ip|server)",
    r"(?:your|client) (?:ip|host|server|domain|mail server|message)[^.]{0,20}(?:reject|block|listed|"
    r"denied)",
    r"\bhelo\b|\behlo\b|content (?:reject|filter|block|violat|not)|message content|attachment",
    r"header error|multiple .{0,20}addresses",
    r"messages? (?:was |has been |is )?(?:rejected|refused|blocked|filtered)",
    r"(?:message|mail|line)\b[^.]{0,30}\b(?:too (?:big|large|long)|size|length|limit)|too large",
    r"size limit|line limit|certificate|starttls|encrypt",
    r"垃圾|スパム|迷惑メール|스팸|спам|courrier ind[ée]sirable",
    r"correo no deseado",
)
# Another time it may work.
FOR_NOW = _any(
    r"timed? ?out|time-?out|connection (?:refused|reset|lost|dropped|failed|closed)|connect to",
    r"socket error|\btry(?:ing)?(?: it)?(?: again)? (?:later|in a|after)",
    r"(?:found|error|\w{1,16}ed|busy)[,;.]? (?:please )?try again|temporar|deferred|delayed",
    r"\bretr(?:y|ied)|not yet been|warning only|unreachable|not reachable|no route|not respond",
    r"name (?:service|server) (?:error|reply)|servfail|lookup fail|\bloop|too many hops|hop count",
    r"maximum allowed times|queue too long|too long (?:in|on)|expired in|busy|overload",
    r"too many (?:recipients|messages|connections|concurrent|errors)|\brate\b|throttl|greylist|graylist",
    r"local error|vorübergehend|verzögert|später|temporairement|plus tard|réessay|temporal|más tarde",
    r"intente|временн|отложен|позже|稍后|暂时|稍後|一時的|遅延|後ほど|일시적|나중에|مؤقت",
)
# Guesses at several reasons at once, as in letters that try to explain every failure.
UNSURE = _any(
    r"\b(?:may|might) (?:not |have |be |no )|possibly|perhaps|probably|either\b|it appears",
    r"möglicherweise|vielleicht|quizás|tal vez|peut-être|talvez",
    r"возможно|可能|かもしれ|恐れ|수 있습니다|ربما|قد لا",
)


def matched(tables: Iterable[re.Pattern[str]], words: str) -> bool:
    """Whether any of the tables knows the words."""
    return any(table.search(words) for table in tables)
