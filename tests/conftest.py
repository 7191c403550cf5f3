"""What the tests share: one release from the real corpus, a service over it, a clock that is moved by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles import DATA, MADE_AT, HandClock, RecordingTransport, Service, ServiceFactory
from fastapi.testclient import TestClient

from model.answer import Answerer, build_answerer
from model.release import Release, load_live, make_live
from model.taxonomy import Taxonomy, load_taxonomy
from serve.app import create_app
from serve.outbox import ON_CALL
from serve.settings import Settings
from training.releases import Recipe, train


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one live release, trained on the project's own corpus. Read only."""
    folder = tmp_path_factory.mktemp("releases")
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
    opened: list[TestClient] = []

    def start(**overrides: object) -> Service:
        given = {"database": f"sqlite:///{tmp_path / 'aaq.db'}", "releases": releases, **overrides}
        settings = Settings(_env_file=None, **given)
        clock, transport = HandClock(), RecordingTransport()
        app = create_app(settings, clock=clock, transports={ON_CALL: transport})
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
