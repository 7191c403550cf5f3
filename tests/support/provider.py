"""A small real OpenID Connect provider: signs tokens, checks PKCE and the client's secret; can be told to cheat."""

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "aaq", "a secret of the tests"


@dataclass
class Provider:
    """Start it with `with`. claims: of whoever signs in next · spoilt: replaces parts of the next id_token."""

    claims: dict[str, object] = field(default_factory=lambda: {"sub": "7", "preferred_username": "maya"})
    spoilt: dict[str, object] = field(default_factory=dict)
    leaves_out_id_token: bool = False
    signs_with: RSAKey | None = None
    n_tokens: int = 0

    def __post_init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1"})
        self.codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address, query = provider.parts(self.path)
                if address == "/.well-known/openid-configuration":
                    provider.answer(self, provider.metadata())
                elif address == "/keys":
                    provider.answer(self, {"keys": [provider.key.as_dict(private=False)]})
                elif address == "/authorize":
                    code = f"code-{len(provider.codes)}"
                    provider.codes[code] = query
                    back = urlencode({"code": code, "state": query["state"]})
                    self.send_response(302)
                    self.send_header("Location", f"{query['redirect_uri']}?{back}")
                    self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                provider.answer(self, *provider.token(form, self.headers.get("Authorization", "")))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Provider":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def parts(target: str) -> tuple[str, dict[str, str]]:
        split = urlsplit(target)
        return split.path, {name: values[0] for name, values in parse_qs(split.query).items()}

    @staticmethod
    def answer(handler: BaseHTTPRequestHandler, body: object, status: int = 200) -> None:
        raw = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def token(self, form: dict[str, str], authorization: str) -> tuple[dict[str, object], int]:
        asked = self.codes.pop(form["code"], None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or authorization != f"Basic {basic}":
            return {"error": "invalid_grant"}, 400
        if asked.get("code_challenge_method") != "S256" or asked["code_challenge"] != challenge.decode().rstrip("="):
            return {"error": "invalid_grant"}, 400
        self.n_tokens += 1
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        signed = jwt.encode(
            {"alg": "RS256", "kid": "k1"}, claims | self.claims | self.spoilt, self.signs_with or self.key
        )
        tokens: dict[str, object] = {"access_token": "unused", "token_type": "Bearer", "id_token": signed}
        if self.leaves_out_id_token:
            del tokens["id_token"]
        return tokens, 200
