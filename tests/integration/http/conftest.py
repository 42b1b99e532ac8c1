"""The same people as in the tests of identity."""

from tests.integration.identity.conftest import alice, sofia  # noqa: F401 - fixtures
