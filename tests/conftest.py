"""What every test has, and one rule: in continuous integration a skipped test is a failure."""

import os

import pytest
from hypothesis import settings

from tests.office import Office

# Machines of continuous integration are noisy: a slow example is not a wrong one.
settings.register_profile("sijill", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("sijill")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run what takes seconds for a minute")


@pytest.fixture
def office(tmp_path):
    """A ledger folder with its people, opened."""
    made = Office(tmp_path / "ledger")
    yield made
    made.close()


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter and os.environ.get("CI") else 0


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if skipped := _skipped(config):
        terminalreporter.write_line(f"{skipped} skipped: not allowed when CI is set", red=True)
