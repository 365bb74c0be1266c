"""The API does what its own OpenAPI document says, whatever is sent: cases made by schemathesis.

``API_CASES=6000 pytest tests/faces/test_api_conformance.py`` makes more of them than the 300 of every run.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from api_world import Program, fill, program
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from web_world import make_app

CASES = int(os.environ.get("API_CASES", "300"))
KNOWN = {
    "id": (1, 2),
    "key": ("launch", "harbour", "korea", "border-closure"),
    "cadence": ("daily", "immediate"),
}
"""What is there; a path made at random would mostly lead nowhere."""

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
    checks.ignored_auth,
]


@pytest.fixture
def tester(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr("alerts.services.tokens.BAD_TOKENS", sys.maxsize)  # each operation is tried with some
    app = make_app(tmp_path)
    fill(app)
    return program(app)


def sent(strategy: st.SearchStrategy[Case], number: int, headers: dict[str, str]) -> Counter[int]:
    """Sends so many cases and checks each answer; how many answers had which status."""
    told: Counter[int] = Counter()

    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def send(data: st.DataObject) -> None:
        case = data.draw(strategy)
        if case.meta.generation.mode is GenerationMode.POSITIVE:
            for name in case.path_parameters or {}:
                if name in KNOWN and data.draw(st.booleans()):
                    case.path_parameters[name] = data.draw(st.sampled_from(KNOWN[name]))
        told[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

    send()
    return told


@pytest.mark.timeout(3_600)
def test_every_answer_is_as_the_openapi_document_says(tester: Program) -> None:
    headers = {"Authorization": f"Bearer {tester.token}"}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", tester.web)
    operations = [each.ok() for each in schema.get_all_operations()]
    number = -(-CASES // (2 * len(operations)))
    told: Counter[int] = Counter()
    for operation in operations:
        for mode in GenerationMode:
            told += sent(operation.as_strategy(generation_mode=mode), number, headers)
    print(f"{sum(told.values())} cases, answers: {dict(sorted(told.items()))}")
    assert sum(told.values()) >= CASES
    assert told[200] > CASES / 20
