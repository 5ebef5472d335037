"""Report inputs that most tests here start from."""

from __future__ import annotations

import pytest

from auditor.report.inputs import ReportInputs
from tests.report.made_up_reports import make_inputs, random_findings


@pytest.fixture
def inputs() -> ReportInputs:
    """A district of 160 employees over five school days."""
    return make_inputs(random_findings(7, 160, 420, 5))


@pytest.fixture
def small_inputs() -> ReportInputs:
    """A district of 40 employees, some tens of sessions: most lines are withheld."""
    return make_inputs(random_findings(3, 40, 60, 5), staff_count=40, device_count=60)
