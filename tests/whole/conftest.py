"""What the tests of the whole house share: computers of their own."""

from __future__ import annotations

import pytest

from .household import Household
from .open_house import models_ready


@pytest.fixture
def household(tmp_path_factory: pytest.TempPathFactory) -> Household:
    """A computer on which nothing of ours has run."""
    # Not tmp_path: with the test's name in it, sockets in the temporary folder get too long a path.
    return Household.found(tmp_path_factory.mktemp("pc"))


@pytest.fixture(scope="session")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Household:
    """A computer with every model in place and no life yet; shared, since joining them is long."""
    made = Household.found(tmp_path_factory.mktemp("pc"))
    models_ready(made)
    return made
