"""Postfix on loopback, started by a test in a folder of its own: no service or file of the system is touched.

What it does with a mail is decided by the recipient's domain, as ``ANSWERS`` says; all other mail it keeps.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scripted_smtp import CERTIFICATE
from servers import running

from alerts.embedded.supervisor import free_port

PROGRAM = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
TARPIT_SECONDS = 10
SIZE_LIMIT = 100_000

WHY_NOT = (
    "Postfix is not installed: apt-get install --no-install-recommends postfix (choose: No configuration)"
    if PROGRAM is None
    else "Postfix is only started by root"
    if os.geteuid() != 0
    else ""
)

ANSWERS = {
    "busy.example.org": "450 4.2.0 mailbox is busy",
    "grey.example.org": "451 4.7.1 greylisted, come again",
    "closing.example.org": "421 4.7.0 too many connections from you",
    "nobody.example.org": "550 5.1.1 no such user",
    "full.example.org": "552 5.2.2 mailbox full",
    "policy.example.org": "554 5.7.1 blocked for its reputation",
    "tarpit.example.org": f"sleep {TARPIT_SECONDS}",
}
REFUSED_SENDER = "refused@alerts.example.org"

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {folder}
maillog_file = {folder}/data/log
myhostname = mail.example.org
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
message_size_limit = {size}
smtpd_tls_security_level = may
smtpd_tls_chain_files = {certificate}
smtpd_peername_lookup = no
smtpd_sender_restrictions = check_sender_access inline:{{ {{ {sender} = 550 5.1.8 sender rejected }} }}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/answers, permit
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}/kept
virtual_mailbox_maps = static:box/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running server and the Maildir where it keeps what it accepts."""

    port: int
    maildir: Path

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        try:
            smtplib.SMTP("127.0.0.1", self.port, timeout=5).quit()
        except (OSError, smtplib.SMTPException):
            return False
        return True


@contextlib.contextmanager
def running_postfix() -> Iterator[Postfix]:
    """Postfix for the length of the block. The test is skipped where it cannot be had, saying why."""
    if PROGRAM is None or WHY_NOT:
        pytest.skip(WHY_NOT)
    owner = pwd.getpwnam("postfix")
    folder = Path(tempfile.mkdtemp(prefix="alerts-postfix-", dir="/var/tmp"))
    try:
        folder.chmod(0o755)
        for name in ("etc", "queue", "data", "kept"):
            (folder / name).mkdir()
        log = folder / "data" / "log"
        log.touch()
        for name in ("data", "data/log", "kept"):
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        certificate = folder / "etc" / "localhost.pem"
        certificate.write_bytes(CERTIFICATE.read_bytes())
        certificate.chmod(0o600)
        port = free_port()
        main = _MAIN.format(
            folder=folder,
            size=SIZE_LIMIT,
            certificate=certificate,
            sender=REFUSED_SENDER,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
        )
        (folder / "etc" / "main.cf").write_text(main)
        (folder / "etc" / "master.cf").write_text(_MASTER.format(port=port))
        lines = (f"{domain} {answer}\n" for domain, answer in ANSWERS.items())
        (folder / "answers").write_text("".join(lines))
        server = Postfix(port, folder / "kept" / "box")
        etc = str(folder / "etc")
        subprocess.run([str(PROGRAM), "-c", etc, "check"], check=True)
        daemons = subprocess.check_output([f"{PROGRAM.removesuffix('fix')}conf", "-dh", "daemon_directory"])
        # Not "postfix start-fg", which hands over to a process that we could not end by its id.
        command = [f"{daemons.decode().strip()}/master", "-c", etc, "-d"]
        with running(command, log, server.answers, stop=signal.SIGTERM, start_new_session=True):
            master = int((folder / "queue" / "pid" / "master.pid").read_text())
            yield server
        with contextlib.suppress(ProcessLookupError):  # one that still sleeps in the tarpit
            os.killpg(master, signal.SIGKILL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
