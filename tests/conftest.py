"""What the tests share: one release from the real corpus, a service over it, a clock that is moved by hand."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles import DATA, MADE_AT, HandClock, RecordingTransport, Service, ServiceFactory
from fastapi.testclient import TestClient

from model.answer import Answerer, build_answerer
from model.live import LIVE, load_live, make_live
from model.release import Release
from model.taxonomy import Taxonomy, load_taxonomy
from serve.app import create_app
from serve.delivering.outbox import DESTINATIONS
from serve.settings import Settings
from training.releases import Recipe, train


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy()


def state_of_training() -> str:
    """SHA-256 of everything that decides a release: the data and the code that learns from it."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(path for folder in ("data", "model", "training") for path in (root / folder).rglob("*.*")):
        if path.suffix in (".csv", ".toml", ".py"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def releases(pytestconfig: pytest.Config) -> Path:
    """A folder with one live release, trained on the project's own corpus. Read only.

    Trained once for each state of the data and of the code that trains, and kept in pytest's cache; of several
    processes that run tests the first trains and the others wait for it.
    """
    folder = pytestconfig.cache.mkdir(f"releases-{state_of_training()}")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / LIVE).exists():
            trained = train(DATA, folder, Recipe(), made_at=MADE_AT, n_jobs=2, key=None, say=lambda _: None)
            make_live(folder, trained.folder.name)
    return folder


@pytest.fixture(scope="session")
def release(releases: Path, taxonomy: Taxonomy) -> Release:
    return load_live(releases, taxonomy)


@pytest.fixture(scope="session")
def answerer(release: Release) -> Answerer:
    return build_answerer(release)


@pytest.fixture
def start_service(tmp_path: Path, releases: Path) -> Iterator[ServiceFactory]:
    """Start services over one database, one after the other; `releases=` and other settings can be given."""
    with started_services(tmp_path, releases) as start:
        yield start


@pytest.fixture(scope="module")
def start_module_service(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[ServiceFactory]:
    """The same for tests that ask much and change nothing, over one database for the whole file."""
    with started_services(tmp_path_factory.mktemp("service"), releases) as start:
        yield start


@contextmanager
def started_services(folder: Path, releases: Path) -> Iterator[ServiceFactory]:
    opened: list[TestClient] = []

    def start(**overrides: object) -> Service:
        given = {"database": f"sqlite:///{folder / 'aaq.db'}", "releases": releases, "blind_share": 0, **overrides}
        settings = Settings(_env_file=None, **given)
        clock, transport = HandClock(), RecordingTransport()
        app = create_app(settings, clock=clock, transports=dict.fromkeys(DESTINATIONS, transport))
        people = app.state.people
        password = people.add_user("coach", "coach") if people.nobody_yet() else people.reset_password("coach")
        key = people.add_api_key("tests").key
        client = TestClient(app, follow_redirects=False)
        client.__enter__()
        opened.append(client)
        return Service(client, clock, transport, settings, key, password)

    yield start
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def service(start_service: ServiceFactory) -> Service:
    return start_service()
