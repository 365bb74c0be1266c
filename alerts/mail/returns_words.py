"""The words by which to tell what kind of mail came back, in many languages. Tables only.

All are matched without regard to case. Why a mail was not delivered is in ``returns_reasons``.
"""

from __future__ import annotations

import re


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


# A person or a program says that a mail did not arrive, whatever the reason.
NOT_DELIVERED = _any(
    r"undeliver|non.?deliver",
    r"deliver(?:y|ed)?\b[^.]{0,40}\b(?:fail|problem|error|abort|delay|stopped|notification)",
    r"(?:fail|error|problem|delay|unable|impossible|not able)[^.]{0,40}\bdeliver|can.?t be delivered",
    r"(?:not|n't|never|no)\b[^.]{0,30}\b(?:deliver|delivered|reach|reached|be sent|receive a copy)\b",
    r"(?:returned|returning|bounced|rejected|failed)\b[^.]{0,30}\b(?:mail|message|sender)",
    r"processing error",
    r"(?:mail|message)\b[^.]{0,30}\b(?:returned|rejected|bounced|failed|failure|refused|blocked)",
    r"delivery (?:status|report)|failure notice|fatal error|permanent error|delivery attempts",
    r"recipients? (?:was|were) affected|addresses had|unzustellbar|nicht zugestellt|zustell\w{1,16} fehl",
    r"nicht übermittelt|non (?:remis|distribu|délivr)|échec|n.a pas (?:pu )?être",
    r"no (?:se )?(?:ha |pudo |ha podido )?(?:podido )?(?:ser )?entreg|devuelto|no entregado",
    r"não (?:foi )?(?:pôde ser )?entreg|недоставлен|не доставлен",
    r"не (?:может|удалось|было)[^.]{0,40}(?:достав|отправ)|невозможно доставить|mancata consegna|退信|退回",
    r"无法投递|无法发送|投递失败|無法(?:傳送|投遞)|无法送达|送达|配信(?:不能|エラー|失敗|でき)|送信でき|送信(?:エラー|失敗)|届け(?:られ|でき)|送れません|返送",
    r"エラーメール|전송(?:되지|할 수|.{0,4}실패)|반송|배달(?:되지|할 수|.{0,4}실패)|تعذر|فشل|لم يتم تسليم",
)
# Who sends reports of failed delivery: the name or the part before the @.
REPORTER = _any(
    r"mailer.?daemon|mail.?daemon|mdaemon|^postmaster|mail.?deliver|deliver(?:y|ed)?.?(?:sub)?system",
    r"system admin|post ?office|virus.{0,20}gateway|lsmtp|mail (?:system|administrator)|^bounces?$",
    r"メール配送",
)
# Where our own mail begins that a report repeats.
ORIGINAL_FOLLOWS = re.compile(
    r"[\s|>*=#-]{0,80}(?:\W{0,3}\b(?:below (?:this|the next) line|(?:this is )?a copy of (?:the|your)|"
    r"original message(?: headers?)?\s*(?:[:=-]|$|follows|attached)|original mail as follows|"
    r"(?:un)?sent message (?:follows|below)|unsent message|message headers? follow|message text follows|"
    r"returned (?:mail|message)\s*(?:follows|-)|the header (?:of|and)|old message:|message header|"
    r"mensaje original|ursprüngliche nachricht|message d.origine|исходное сообщение)"
    r"|原邮件如下|附件中的|元のメ)",
    re.IGNORECASE,
)
# Subjects of replies by machines.
AWAY = _any(
    r"^\W{0,3}(?:auto(?:mat(?:ic|ed|ische|isch|ique|ica|ico|yczna))?[ -]?(?:reply|response|responder|"
    r"antwort|generated)|autoreply|auto\s?(?=[:\[]))",
    r"automatic (?:reply|response)|auto.?(?:reply|response)|automated (?:reply|response)",
    r"out of (?:the )?office|\booo\b|\baway (?:from|until|till|on)",
    r"on (?:annual |parental |maternity |sick )?(?:leave|vacation|holiday)",
    r"vacation (?:reply|message|notice)|thank you for (?:your|contacting)|we (?:have )?received your",
    r"abwesenheit|automatische antwort|nicht im (?:büro|haus)|im urlaub|außer haus|réponse automatique",
    r"absen(?:ce|t) (?:du bureau|de)|en congé|message d.absence|absence prolongée|respuesta autom",
    r"fuera de (?:la )?oficina|ausente|de vacaciones|resposta autom|fora do escrit[oó]rio|ausência",
    r"férias|risposta automatica|fuori (?:sede|ufficio)|автоответ|автоматическ\w{1,16} ответ|вне офиса",
    r"нет на месте|в отпуске|відсутн|автовідповід",
    r"自动(?:回复|答复|应答)|自動(?:回覆|回復|返信|応答|返答)|不在(?:办公|通知|のお知らせ)",
    r"休假|外出|休暇|자동 ?(?:회신|응답|답장)|부재 ?중|휴가",
    r"رد تلقائي|رد آلي|خارج المكتب|الرد التلقائي|إجازة|پاسخ خودکار",
)
# The beginning of a subject or text by somebody who wants to leave.
UNSUBSCRIBE = _any(
    r"^\W{0,3}(?:re:\s*)?(?:please\s+)?(?:unsubscribe|opt.?out|désabonn\w{0,16}|se désabonner|"
    r"desinscri\w{0,16}|darse de baja|baja|cancelar\s+(?:la\s+)?(?:suscripci[oó]n|subscri[cç]\w{1,16}|"
    r"inscri[cç]\w{1,16})|abmelden|abbestellen|отписаться|отписка|відписатися|退订|退訂|取消订阅|取消訂閱|配信停止|購読解除|"
    r"구독\s?(?:해지|취소)|إلغاء الاشتراك|لغو اشتراک)\b"
)
