"""The counter's browser, for pages that staff open for somebody."""

from tests.integration.desk.conftest import desk  # noqa: F401 - a fixture
