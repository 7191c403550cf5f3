"""Which release answers, and which answers unseen: a file each beside the releases, written atomically."""

from pathlib import Path

from model.release import MANIFEST, Release, ReleaseMissing, load_release
from model.taxonomy import Taxonomy

LIVE, SHADOW = "live", "shadow"


def live_id(releases: Path) -> str:
    """The id of the release that answers. Raises ReleaseMissing."""
    try:
        return (releases / LIVE).read_text("utf-8").strip()
    except FileNotFoundError:
        raise ReleaseMissing(f"no release is live in {releases}: run `aaq train`") from None


def make_live(releases: Path, release_id: str) -> None:
    """Point to a release, atomically. Raises ReleaseMissing when it is not there."""
    _point(releases, LIVE, release_id)


def shadow_id(releases: Path) -> str | None:
    """The id of the release that answers unseen; None when none does."""
    try:
        return (releases / SHADOW).read_text("utf-8").strip()
    except FileNotFoundError:
        return None


def make_shadow(releases: Path, release_id: str | None) -> None:
    """Point to a release that answers unseen, atomically; None ends it. Raises ReleaseMissing when it is not there."""
    if release_id is None:
        (releases / SHADOW).unlink(missing_ok=True)
    else:
        _point(releases, SHADOW, release_id)


def _point(releases: Path, name: str, release_id: str) -> None:
    if not (releases / release_id / MANIFEST).is_file():
        raise ReleaseMissing(f"release {release_id!r} is not in {releases}")
    unfinished = releases / f".{name}.unfinished"
    unfinished.write_text(f"{release_id}\n", "utf-8")
    unfinished.replace(releases / name)


def load_live(releases: Path, taxonomy: Taxonomy, key: bytes | None = None) -> Release:
    """The release that answers. Raises ReleaseMissing or ReleaseCorrupt."""
    return load_release(releases / live_id(releases), taxonomy, key)
