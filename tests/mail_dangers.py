"""What in a mail could run, be loaded, or was never written by us."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from email.message import EmailMessage

from lxml import html as lxml_html

ACTIVE = (
    *("script", "iframe", "frame", "object", "embed", "form", "input", "button"),
    *("img", "svg", "math", "video", "audio", "link", "base"),
)
FIELDS = (
    *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
    *("List-Help", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "MIME-Version"),
    "Content-Type",
)
"""Of a mail to a subscriber, in this order."""


def field_names(mail: bytes) -> tuple[str, ...]:
    """Of its head, in their order."""
    head = mail.partition(b"\r\n\r\n")[0].decode("ascii")
    return tuple(re.findall(r"^([^\s:]+):", head, re.MULTILINE))


def mail_dangers(mail: bytes) -> list[str]:
    """R5, R23: injected headers and parts, active parts, addresses that anything would be loaded from."""
    names = Counter(field_names(mail))
    found = [f"field {name}" for name in names if name not in (*FIELDS, "References", "In-Reply-To")]
    found += [f"{number} fields {name}" for name, number in names.items() if number > 1]
    parsed = email.message_from_bytes(mail, EmailMessage, policy=email.policy.default)
    parts = list(parsed.iter_parts())
    kinds = [each.get_content_type() for each in parts]
    if kinds != ["text/plain", "text/html"]:
        return [*found, f"parts {kinds}"]
    found += [str(defect) for each in (parsed, *parts) for defect in each.defects]
    tree = lxml_html.document_fromstring(str(parts[1].get_content()))
    found += [each.tag for each in tree.iter(*ACTIVE)]
    found += tree.xpath("//@src | //@background | //@srcset | //@*[starts-with(name(), 'on')]")
    found += re.findall(r"url\(|@import", " ".join(tree.xpath("//style/text() | //@style")))
    leads = tree.xpath("//a/@href")
    return found + [f"leads to {each}" for each in leads if not re.match(r"https?://|mailto:", each)]
