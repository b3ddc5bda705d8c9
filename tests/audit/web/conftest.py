"""Bundles of these tests hold a page of a few bytes: thousands of them are kept and compared."""

from unittest.mock import patch

import pytest


@pytest.fixture(autouse=True, scope="module")
def short_page():
    with patch("api.bundling._page", lambda: b"<!doctype html><title>a page</title>\n"):
        yield
