"""``alerts tokens``: what machines are let in with. A token is shown once, when it is made."""

from __future__ import annotations

from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.output import Json, print_json, print_table, say
from alerts.cli.person import actor
from alerts.services.tokens import LONGEST_LIFE, Opens, make_token, revoke_token
from alerts.store import tokens
from alerts.store.unit import reading

cli = typer.Typer(help="Tokens with which programs use the API.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="What the token is called, in lists and in the audit.")]


@cli.command()
def add(
    name: Name,
    scope: Annotated[
        list[Opens],
        typer.Option(help="What it opens; may be given again. None includes another."),
    ],
    expires: Annotated[
        int | None, typer.Option(min=1, max=LONGEST_LIFE, help="Days until it ends; else it does not.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a token and print it. It is shown this once and kept nowhere here.

    Example: alerts tokens add dashboard --scope read --expires 365
    """
    app = ready()
    token = make_token(app.engine, name, scope, days=expires, actor=actor(), now=app.clock())
    if as_json:
        print_json({"name": name, "token": token})
    else:
        print(token)
        say("keep it where only that program can read it: it is not shown again")


@cli.command("list")
def list_(as_json: Json = False) -> None:
    """List the tokens, those that have ended too.

    Example: alerts tokens list
    """
    app = ready()
    now = app.clock()
    with reading(app.engine) as tx:
        found = tokens.listed(tx)
    if as_json:
        print_json(found)
        return
    print_table(
        ("name", "opens", "", "made", "by", "expires", "last used"),
        (
            (
                each.name,
                " ".join(each.scopes),
                "in force" if each.in_force(now) else "revoked" if each.revoked_at else "expired",
                each.created_at,
                each.made_by,
                each.expires_at,
                each.used_at,
            )
            for each in found
        ),
    )


@cli.command()
def revoke(name: Name) -> None:
    """End a token at once.

    Example: alerts tokens revoke dashboard
    """
    app = ready()
    revoke_token(app.engine, name, actor=actor(), now=app.clock())
    say("token revoked: nobody is let in with it any more")
