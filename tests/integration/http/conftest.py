"""The same people as in the tests of identity and of the office."""

from tests.integration.identity.conftest import alice, sofia  # noqa: F401 - fixtures
from tests.integration.office.conftest import office, send  # noqa: F401 - fixtures
