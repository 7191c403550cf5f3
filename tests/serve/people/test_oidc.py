"""Signing in through the school, against a real provider on this machine."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from doubles import Service, ServiceFactory
from joserfc.jwk import RSAKey
from provider import CLIENT_ID, CLIENT_SECRET, Provider

from serve.people.oidc import OidcSettings, role_of
from serve.settings import Settings


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as started:
        yield started


@pytest.fixture
def service(start_service: ServiceFactory, provider: Provider) -> Service:
    return start_service(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_role_claim="groups",
        oidc_roles={"tc-managers": "manager", "it": "admin"},
    )


def go(service: Service, next: str = "/queue"):
    """From our sign-in page to the provider and back, as a browser goes."""
    leaving = service.client.get(f"/sign-in/school?next={next}")
    assert leaving.status_code == 302, leaving.text
    back = urlsplit(httpx2.get(leaving.headers["location"]).headers["location"])
    return service.client.get(f"{back.path}?{back.query}")


def role(service: Service, name: str) -> str:
    return service.client.app.state.people.accounts.find(name).role


def test_somebody_new_gets_an_account_and_lands_where_they_wanted_to_go(service: Service) -> None:
    arrived = go(service, "/queue?message=abc")
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/queue?message=abc")
    assert service.client.get("/queue").status_code == 200
    assert role(service, "maya") == "coach"


def test_the_provider_s_word_decides_the_role_at_each_sign_in(service: Service, provider: Provider) -> None:
    provider.claims["groups"] = ["staff", "tc-managers"]
    go(service)
    assert role(service, "maya") == "manager"
    provider.claims["groups"] = []
    go(service)
    assert role(service, "maya") == "coach"


def test_the_address_to_the_provider_carries_state_nonce_and_a_challenge(service: Service) -> None:
    leaving = service.client.get("/sign-in/school").headers["location"]
    asked = parse_qs(urlsplit(leaving).query)
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/sign-in/school/back"]


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(service: Service, provider: Provider) -> None:
    leaving = service.client.get("/sign-in/school")
    back = urlsplit(httpx2.get(leaving.headers["location"]).headers["location"])
    service.client.cookies.clear()  # the victim's browser, with the attacker's answer
    answer = service.client.get(f"{back.path}?{back.query}")
    assert answer.status_code == 403
    assert provider.n_tokens == 0
    assert service.client.get("/queue").status_code == 303


def test_an_answer_works_once(service: Service) -> None:
    leaving = service.client.get("/sign-in/school")
    back = urlsplit(httpx2.get(leaving.headers["location"]).headers["location"])
    assert service.client.get(f"{back.path}?{back.query}").status_code == 303
    assert service.client.get(f"{back.path}?{back.query}").status_code == 403


@pytest.mark.parametrize(
    "spoilt",
    [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}, {"sub": ""}],
    ids=lambda spoilt: next(iter(spoilt)),
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(service: Service, provider: Provider, spoilt) -> None:
    provider.spoilt = spoilt
    assert go(service).status_code == 403
    assert service.client.get("/queue").status_code == 303


def test_a_token_signed_by_somebody_else_is_refused(service: Service, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})
    assert go(service).status_code == 403


def test_without_an_id_token_nobody_is_signed_in(service: Service, provider: Provider) -> None:
    provider.leaves_out_id_token = True
    assert go(service).status_code == 403


def test_a_name_that_is_taken_opens_nobody_s_account(service: Service, provider: Provider) -> None:
    provider.claims["preferred_username"] = "coach"
    answer = go(service)
    assert answer.status_code == 403
    assert "somebody else has an account" in answer.text


def test_a_disabled_person_stays_out(service: Service) -> None:
    go(service)
    service.client.app.state.people.accounts.disable("maya")
    assert service.client.get("/queue").status_code == 303
    assert "disabled" in go(service).text


def test_the_refusal_of_the_provider_is_said(service: Service) -> None:
    answer = service.client.get("/sign-in/school/back?error=access_denied&error_description=%3Cscript%3E")
    assert answer.status_code == 403
    assert "script%3E" not in answer.text
    assert "<script>" not in answer.text.replace('<script src="/static/app.js" defer></script>', "")


def test_a_provider_that_does_not_answer_leaves_the_password(start_service: ServiceFactory) -> None:
    service = start_service(
        oidc_issuer="http://127.0.0.1:1", oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET
    )
    answer = service.client.get("/sign-in/school")
    assert answer.status_code == 403
    assert "does not answer" in answer.text
    assert 'name="password"' in answer.text


def test_it_is_offered_only_when_it_is_configured(service: Service, start_service: ServiceFactory) -> None:
    assert "/sign-in/school" in service.client.get("/sign-in").text
    service.client.__exit__(None, None, None)
    service.client.__exit__ = lambda *_: None  # closed already
    without = start_service()
    assert "/sign-in/school" not in without.client.get("/sign-in").text
    assert without.client.get("/sign-in/school").status_code == 404


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("tc-managers", "manager"),
        (["x", "tc-managers", "it"], "admin"),
        (["x"], "coach"),
        ({"it": True}, "coach"),
        ([["it"]], "coach"),
        (None, "coach"),
    ],
)
def test_roles_come_from_words_that_are_known(said, expected) -> None:
    settings = OidcSettings("i", "c", "s", "groups", {"tc-managers": "manager", "it": "admin"}, "coach")
    assert role_of({"groups": said}, settings) == expected


@pytest.mark.parametrize(
    "given", [{"oidc_issuer": "https://id.example"}, {"oidc_issuer": "http://id.example", "oidc_client_id": "x"}]
)
def test_half_a_configuration_is_refused(given) -> None:
    with pytest.raises(ValueError, match="oidc_"):
        Settings(_env_file=None, **given)
