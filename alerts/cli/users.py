"""``alerts users``: accounts for the pages. A password is typed or piped, never an argument."""

from __future__ import annotations

import getpass
import sys
import warnings
from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.output import Json, print_json, print_table, say
from alerts.cli.person import actor
from alerts.errors import BadInput
from alerts.model import Role
from alerts.services.accounts import add_account, listed, remove_account, set_password

cli = typer.Typer(help="Accounts for the web pages.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The name to log in with; capital letters make no difference.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


@cli.command()
def add(
    name: Name,
    role: Annotated[
        Role,
        typer.Option(
            help="A viewer looks; an editor writes rules, feeds and situations; an admin sees people too."
        ),
    ],
    password_stdin: PasswordStdin = False,
) -> None:
    """Make an account. Its password, 12 characters or more, is asked for twice and not shown.

    Example: alerts users add anna --role editor
    """
    app = ready()
    password = _password(password_stdin)
    add_account(app.engine, app.passwords, name, role, password, actor=actor(), now=app.clock())
    say(f"account added, role {role.value}; the login is at {app.settings.pages}/login")


@cli.command("list")
def list_(as_json: Json = False) -> None:
    """List the accounts.

    Example: alerts users list
    """
    app = ready()
    found = listed(app.engine, app.clock())
    if as_json:
        print_json(found)
    else:
        rows = ((a.name, a.role, a.created_at, a.last_login_at, a.sessions) for a in found)
        print_table(("name", "role", "made", "last login", "browsers"), rows)


@cli.command()
def password(name: Name, password_stdin: PasswordStdin = False) -> None:
    """Give an account another password. Whoever is logged in with it is logged out everywhere.

    Example: alerts users password anna
    """
    app = ready()
    new, now = _password(password_stdin), app.clock()
    set_password(app.engine, app.passwords, name, new, secret=app.secret, actor=actor(), now=now)
    say("password changed; its sessions have ended")


@cli.command()
def remove(name: Name) -> None:
    """Remove an account and end its sessions. What it wrote stays under its name.

    Example: alerts users remove anna
    """
    app = ready()
    was_last = remove_account(app.engine, name, actor=actor(), now=app.clock())
    say("account removed; its sessions have ended")
    if was_last:
        say("it was the last account: status, feeds and inbox can be seen without a login again")


def _password(from_stdin: bool) -> str:
    """Raises BadInput when it cannot be read, or is not typed the same twice."""
    if from_stdin:
        return _line(sys.stdin.buffer.readline(4096))
    if not _at_a_terminal():
        raise BadInput("there is no terminal to type a password at; pipe it in, with --password-stdin")
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # it would be shown on the screen
        try:
            first = getpass.getpass("Password: ")
            second = getpass.getpass("The same again: ")
        except (getpass.GetPassWarning, EOFError) as error:
            raise BadInput("the password cannot be read here; pipe it in, with --password-stdin") from error
    if first != second:
        raise BadInput("the two passwords differ; nothing was changed")
    return first


def _line(line: bytes) -> str:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInput("the password on standard input is not UTF-8") from error


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()
