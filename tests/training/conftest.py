"""What the tests of retraining share."""

import pytest
from school import SmallSchool, open_small_school


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> SmallSchool:
    """Read only: retrain into a folder of your own."""
    return open_small_school(tmp_path_factory.mktemp("school"))
