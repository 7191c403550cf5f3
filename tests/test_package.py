"""What is installed is what is in the tree: the wheel works outside the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_starts_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    program = (
        "import serve.pages, model.taxonomy, aaq, sys\n"
        "from serve.app import create_app\nfrom serve.settings import Settings\n"
        "assert not serve.pages.__file__.startswith(sys.argv[1]), serve.pages.__file__\n"
        "create_app(Settings(_env_file=None))\n"
        "print(len(model.taxonomy.load_taxonomy().labels), (serve.pages.__path__[0]))\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)}
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, str(ROOT)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1].startswith("14 ")
    for name in ("templates/queue.html", "static/app.css"):
        assert (installed / "serve/pages" / name).is_file()


def test_the_service_starts_without_scikit_learn_or_pandas(tmp_path: Path) -> None:
    program = (
        "import sys, serve.app\n"
        "print([name for name in ('sklearn', 'pandas', 'joblib', 'scipy', 'matplotlib') if name in sys.modules])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
