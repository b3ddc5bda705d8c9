"""Requests drawn from the interface's own description never find an answer it does not describe."""

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.http.app import create_app
from api.http.limits import Limits
from tests.office import Office

UNLIMITED = Limits(rate=1e9, burst=10**9)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def test_every_answer_is_one_that_the_interface_describes(tmp_path):
    office = Office(tmp_path / "ledger")
    office.record()
    app = create_app(office.ledger, office.registry, office.folder.reports, UNLIMITED)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]

        @settings(max_examples=100, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def described(case):
            case.call_and_validate(checks=CHECKS)

        described()
        tried += 1
    assert tried == len(list(schema.get_all_operations())) >= 16
    office.close()
