"""Rules, concepts and situations: history, restoring, retiring, and polls that see an edit at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from small_world import NOW, RULES, Entry, World
from sqlalchemy import Engine, insert, update

from alerts.errors import BadInput, NotConfirmed, NotFound
from alerts.model import Concept, Item, Polarity, Rule, Situation
from alerts.services.concepts import concepts_in_force, import_concepts, restore_concept, retire_concept
from alerts.services.rules import Confirm, Edit, import_rules, restore_rule, retire_rule
from alerts.services.situations import import_situations, restore_situation, retire_situation
from alerts.store import audit, concepts, matches, rules, situations
from alerts.store.schema import Rule as RuleRow
from alerts.store.schema import RuleVersion
from alerts.store.unit import reading, writing

EDIT = Edit("anna", NOW, "asked for")
GRAIN = Concept("grain", "Grain", terms=(("en", ("wheat", "barley")),), exclude=(("en", ("wheat beer",)),))


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def save(world: World, *new: Rule, **more: object) -> None:
    import_rules(world.engine, new, author="anna", now=world.now, **more)  # type: ignore[arg-type]


def matching(world: World, title: str) -> list[str]:
    return [hit.rule.key for hit in world.book.index().match(Item("1", "", title, language="en"))]


def test_everything_a_rule_says_is_kept_with_who_when_and_why(world: World) -> None:
    whole = Rule("grain", "Grain", "grain", owner="Desk", review_at=date(2030, 1, 31), languages=("en",))
    whole = replace(whole, polarity=Polarity.DEESCALATION)
    save(world, whole, reason="new desk")
    save(world, replace(whole, query="grain OR wheat"), reason="more words")
    with reading(world.engine) as tx:
        second, first = rules.history(tx, "grain")
        assert replace(rules.kept.get(tx, "grain"), version=0) == replace(whole, query="grain OR wheat")
        told = [(each.action, each.subject, each.detail) for each in audit.latest(tx, 2)]
    assert replace(first.text, version=0) == whole
    assert [(v.number, v.author, v.created_at, v.reason, v.note) for v in (second, first)] == [
        (2, "anna", NOW, "more words", ""),
        (1, "anna", NOW, "new desk", ""),
    ]
    assert told == [("rule written", "grain", "more words"), ("rule written", "grain", "new desk")]


def test_restoring_writes_a_new_version_equal_to_the_old_one(world: World) -> None:
    save(world, replace(RULES[0], query="rocket"))
    assert matching(world, "A missile") == []
    assert restore_rule(world.engine, "missile", 1, EDIT).written == ("missile",)
    assert matching(world, "A missile") == ["missile"]
    assert restore_rule(world.engine, "missile", 3, EDIT).unchanged == ("missile",)
    with reading(world.engine) as tx:
        third, _, first = rules.history(tx, "missile")
    assert (third.number, third.note) == (3, "version 1 again")
    assert replace(third.text, version=0) == replace(first.text, version=0)
    with pytest.raises(NotFound, match="rule missile has no version 9; it has 3, 2, 1"):
        restore_rule(world.engine, "missile", 9, EDIT)


def test_a_retired_rule_matches_no_more_until_it_is_restored(world: World) -> None:
    assert matching(world, "A missile") == ["missile"]
    retire_rule(world.engine, "missile", EDIT)
    assert matching(world, "A missile and sanctions") == ["sanctions"]
    with pytest.raises(NotFound, match="no rule 'missile'"):
        retire_rule(world.engine, "missile", EDIT)
    restore_rule(world.engine, "missile", 1, EDIT)
    assert matching(world, "A missile") == ["missile"]


def test_polls_see_every_edit_of_rules_and_concepts_at_once(world: World) -> None:
    import_concepts(world.engine, [GRAIN], EDIT)
    save(world, Rule("harvest", "Harvest", "@grain"))
    assert matching(world, "The wheat") == ["harvest"]
    assert matching(world, "A wheat beer") == []
    import_concepts(world.engine, [replace(GRAIN, terms=(("en", ("rye",)),))], EDIT)
    assert (matching(world, "The wheat"), matching(world, "The rye")) == ([], ["harvest"])
    restore_concept(world.engine, "grain", 1, EDIT)
    assert matching(world, "The wheat") == ["harvest"]
    save(world, replace(RULES[0], query="grenade"), Rule("ship", "Ship", "ship"))
    retire_rule(world.engine, "sanctions", EDIT)
    assert matching(world, "ship grenade missile sanctions wheat") == ["harvest", "missile", "ship"]


def test_an_edit_loads_only_what_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.book.index()
    save(world, Rule("ship", "Ship", "ship"))
    loaded: list[int] = []
    newer = rules.kept.newer

    def counted(tx: object, version: int) -> object:
        found = newer(tx, version)  # type: ignore[arg-type]
        loaded.append(len(found[1]))
        return found

    monkeypatch.setattr(rules.kept, "newer", counted)
    monkeypatch.setattr(rules.kept, "versions", None)
    assert matching(world, "A ship") == ["ship"]
    assert loaded == [1]


def test_a_text_whose_number_is_older_than_the_newest_known_is_taken_too(world: World) -> None:
    """On PostgreSQL the transaction with the lower number may end last."""
    world.book.index()
    with writing(world.engine) as tx:
        row = {"number": 1, "name": "n", "query": "ship", "severity": "low", "author": "a", "created_at": NOW}
        lists = dict.fromkeys(("languages", "sources", "match", "no_match"), ())
        tx.execute(insert(RuleRow).values(id=900, key="late", number=1))
        tx.execute(insert(RuleVersion).values(id=-5, rule_id=900, **row, **lists))
    assert matching(world, "A ship") == ["late"]


def test_a_rule_that_can_no_longer_be_read_is_left_out_and_named(world: World) -> None:
    with writing(world.engine) as tx:
        tx.execute(update(RuleVersion).where(RuleVersion.query == "missile").values(query="@gone ("))
    assert matching(world, "A missile and sanctions") == ["sanctions"]
    assert list(world.book.broken) == ["missile"]
    save(world, replace(RULES[0], query="missile OR rocket"))
    assert matching(world, "A missile and sanctions") == ["missile", "sanctions"]
    assert world.book.broken == {}


def test_a_change_that_many_people_would_feel_must_be_confirmed(world: World) -> None:
    for number in range(3):
        world.person(f"reader{number}@example.org", rules=("missile",))
    edited = replace(RULES[0], query="missile OR rocket")
    with pytest.raises(NotConfirmed, match="3 people get mail for the rule missile"):
        save(world, edited, confirm=Confirm(2))
    assert matching(world, "A rocket") == []
    save(world, RULES[0], confirm=Confirm(2))  # nothing changes
    save(world, edited, confirm=Confirm(3))
    restore_rule(world.engine, "missile", 1, EDIT, confirm=Confirm(2, given=True))


def test_a_concept_that_says_what_is_shipped_is_not_written(world: World) -> None:
    with reading(world.engine) as tx:
        shipped = concepts_in_force(tx, ("en",)).by_key["missile"]
    assert import_concepts(world.engine, [shipped], EDIT, ("en",)).unchanged == ("missile",)
    own = replace(shipped, terms=(("en", ("arrow",)),))
    assert import_concepts(world.engine, [own], EDIT, ("en",)).written == ("missile",)
    assert import_concepts(world.engine, [own], EDIT, ("en",)).unchanged == ("missile",)
    retire_concept(world.engine, "missile", EDIT, ("en",))
    with reading(world.engine) as tx:
        assert concepts_in_force(tx, ("en",)).by_key["missile"] == shipped
        assert [v.number for v in concepts.kept.history(tx, "missile")] == [1]


def test_a_concept_that_is_needed_cannot_be_retired(world: World) -> None:
    import_concepts(world.engine, [GRAIN, Concept("rye", "Rye", parent="grain")], EDIT)
    with pytest.raises(BadInput, match="concept rye: there is no concept 'grain'"):
        retire_concept(world.engine, "grain", EDIT)
    retire_concept(world.engine, "rye", EDIT)
    save(world, Rule("harvest", "Harvest", "@grain"))
    with pytest.raises(BadInput, match="@grain is needed by the rule harvest"):
        retire_concept(world.engine, "grain", EDIT)


def test_an_edited_concept_that_breaks_an_example_says_so(world: World) -> None:
    import_concepts(world.engine, [GRAIN], EDIT)
    save(world, Rule("harvest", "Harvest", "@grain", match=("The barley is cut",)))
    done = import_concepts(world.engine, [replace(GRAIN, terms=(("en", ("rye",)),))], EDIT)
    assert done.notes == (
        "rule harvest: “The barley is cut” must match and does not; change the query or the example",
    )


def test_a_rule_that_names_no_concept_is_refused_with_the_place(world: World) -> None:
    with pytest.raises(
        BadInput, match=r"E11 at column 8: there is no concept @misile\. Did you mean @missile"
    ):
        save(world, Rule("r", "R", "launch @misile"))


def test_situations_are_kept_like_rules(world: World) -> None:
    here = Situation("peninsula", "Peninsula", ("kp", "kr"), ("missile",))
    assert import_situations(world.engine, [here], EDIT).written == ("peninsula",)
    assert import_situations(world.engine, [here], EDIT).unchanged == ("peninsula",)
    import_situations(world.engine, [replace(here, places=("kp",))], EDIT)
    restore_situation(world.engine, "peninsula", 1, EDIT)
    with reading(world.engine) as tx:
        (kept,) = situations.kept.current(tx)
        assert replace(kept, version=0) == here
        assert [v.number for v in situations.kept.history(tx, "peninsula")] == [3, 2, 1]
    with pytest.raises(BadInput, match="there is no rule coup"):
        import_situations(world.engine, [replace(here, rules=("coup",))], EDIT)
    import_concepts(world.engine, [GRAIN], EDIT)
    import_situations(world.engine, [replace(here, places=("grain",))], EDIT)
    with pytest.raises(BadInput, match="@grain is needed by the situation peninsula"):
        retire_concept(world.engine, "grain", EDIT)
    retire_situation(world.engine, "peninsula", EDIT)
    with reading(world.engine) as tx:
        assert situations.kept.current(tx) == ()


def test_evidence_of_a_poll_names_the_concept(world: World) -> None:
    import_concepts(world.engine, [GRAIN], EDIT)
    save(world, Rule("harvest", "Harvest", "@grain"))
    world.add_feed(entries=[Entry("1", "The wheat")])
    world.poll()
    with reading(world.engine) as tx:
        (match,) = matches.latest(tx)
    assert [(each.text, each.term, each.concept) for each in match.evidence] == [("wheat", "wheat", "grain")]
