from pathlib import Path

import pytest

from serve.settings import Settings, SettingsWrong, load_settings, variables


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_defaults_stand_on_their_own() -> None:
    assert load_settings().address == "http://127.0.0.1:8000"


def test_a_wrong_value_is_refused_with_its_name_and_rule_but_not_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAQ_PORT", "99999")
    monkeypatch.setenv("AAQ_SECRET_KEY", "too-short-canary")
    with pytest.raises(SettingsWrong, match=r"AAQ_PORT: .*65535") as refused:
        load_settings()
    assert "canary" not in str(refused.value)


def test_a_misspelt_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAQ_PROT", "8000")
    with pytest.raises(SettingsWrong, match="AAQ_PROT"):
        load_settings()


def test_secrets_come_from_private_files_only() -> None:
    Path("secrets").mkdir()
    path = Path("secrets/aaq_secret_key")
    path.write_text("k" * 40)
    path.chmod(0o644)
    with pytest.raises(SettingsWrong, match="0600"):
        load_settings()
    path.chmod(0o600)
    secret = load_settings().secret_key
    assert secret is not None
    assert secret.get_secret_value() == "k" * 40
    assert "kkkk" not in repr(load_settings())


def test_every_setting_is_documented() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    missing = [name for name in variables() if name not in readme]
    assert not missing
    assert all(field.description for field in Settings.model_fields.values())
