"""The rule language: text to tree and back.

    rule  = or
    or    = and { "OR" and }
    and   = unary { [ "AND" ] unary }                     side by side means AND
    unary = ( "NOT" | "-" ) unary | near
    near  = prim { ( "NEAR" | "ONEAR" ) [ "/" n ] prim }   n 1 to 30, 5 when not written; from the left
    prim  = "(" or ")" | field ":" prim | "@" concept | '"' phrase '"' [ "~" n ]
          | word | "=" word | word "*" | "*" word
          | "ATLEAST/" n "(" or { "," or } ")"
          | "SCORE>=" n "(" or [ "^" int ] { "," or [ "^" int ] } ")"
    field = title | summary | text | source | feed | lang | place | author | url | category | type

Operators are written in capitals; NEAR binds tighter than NOT, NOT than AND, AND than OR. Quotation
marks and ``=`` switch stemming off; ``word*`` needs three letters, ``*word`` four. Spaces are allowed
after the colon of a field and around the signs of NEAR, ATLEAST and SCORE; fields do not stand inside
one another. A weight that is not written is 1.
"""

from __future__ import annotations

from alerts.rules.advice import Warning_, check_concepts, warnings
from alerts.rules.parser import parse
from alerts.rules.writing import canonical

__all__ = ["Warning_", "canonical", "check_concepts", "parse", "warnings"]
