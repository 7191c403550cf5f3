"""A certificate of our own for vendors that speak TLS."""

from pathlib import Path

import pytest
from certificates import make_certificate


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The certificate's and the key's file."""
    return make_certificate(tmp_path_factory.mktemp("tls"))
