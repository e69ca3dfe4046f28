"""Somebody registers a passkey and logs in with it, in a real browser on a frontend's page, with a virtual key."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from fido2.utils import websafe_decode

from accounts.models import MediaAccount
from cms.local.installation import Installation
from tests.accounts.conftest import FACTS, PASSWORD
from tests.e2e.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

pytestmark = [pytest.mark.timeout(300), pytest.mark.browser]

EMAIL = "ana@press.example"
# What a frontend does, and no more: `ask` a path of the API; `create` and `get` with the key, from options to JSON.
SCRIPT = """<!doctype html><title>Frontend</title><script>
const ask = async (api, method, path, body) => {
  const csrf = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";
  const headers = {"Content-Type": "application/json", ...(method === "GET" ? {} : {"X-CSRFToken": csrf})};
  const sent = {method, headers, credentials: "include", body: body && JSON.stringify(body)};
  const answer = await fetch(api + path, sent);
  return {status: answer.status, body: await answer.json()};
};
const create = async options => (await navigator.credentials.create(
  {publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})).toJSON();
const get = async options => (await navigator.credentials.get(
  {publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})).toJSON();
</script>"""


class Pages(BaseHTTPRequestHandler):
    """A frontend's server: its one page, at every address."""

    def do_GET(self) -> None:
        """The page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(SCRIPT.encode())

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


class Frontend:
    """A page of a frontend, and the key that its browser has."""

    def __init__(self, page: "Page", address: str, api: str) -> None:
        self.page, self.address, self.api = page, address, api
        page.goto(address)
        self.key: CDPSession = page.context.new_cdp_session(page)
        self.key.send("WebAuthn.enable")
        told = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options = told | {"isUserVerified": True, "automaticPresenceSimulation": True}
        self.key_id = self.key.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def ask(self, method: str, flow: str, body: Any = None) -> Any:
        """Status and answer of `/_allauth/`."""
        return self.request(method, f"/_allauth/browser/v1/{flow}", body)

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Status and answer of any path."""
        return self.page.evaluate("([...sent]) => ask(...sent)", [self.api, method, path, body])

    def who(self) -> Any:
        """The account that is logged in, or None."""
        return self.request("GET", "/api/v1/account/")["body"]["account"]

    def log_in(self) -> Any:
        """The answer to address and password."""
        self.ask("GET", "auth/session")
        return self.ask("POST", "auth/login", {"email": EMAIL, "password": PASSWORD})

    def add_passkey(self) -> Any:
        """The answer to a passkey that its owner made; he has to be logged in."""
        assert self.ask("POST", "auth/reauthenticate", {"password": PASSWORD})["status"] == 200
        options = self.ask("GET", "account/authenticators/webauthn?passwordless")["body"]["data"]["creation_options"]
        made = self.page.evaluate("options => create(options)", options["publicKey"])
        return self.ask("POST", "account/authenticators/webauthn", {"name": "Laptop", "credential": made})

    def signed(self, flow: str) -> Any:
        """What the key says to the options of a flow."""
        options = self.ask("GET", flow)["body"]["data"]["request_options"]["publicKey"]
        return self.page.evaluate("options => get(options)", options)

    def passkey(self) -> Any:
        """The one that the key has, with its secret."""
        return self.key.send("WebAuthn.getCredentials", {"authenticatorId": self.key_id})["credentials"][0]

    def put_in(self, passkey: Any) -> None:
        """From now on the key has this one, and no other."""
        self.key.send("WebAuthn.clearCredentials", {"authenticatorId": self.key_id})
        self.key.send("WebAuthn.addCredential", {"authenticatorId": self.key_id, "credential": passkey})

    def log_out(self) -> None:
        """The session is over."""
        assert self.ask("DELETE", "auth/session")["status"] == 401
        assert self.who() is None


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a frontend: on the same host as the API, on another port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def frontend(transactional_db: None, services: Installation, browser_page: "Page", address: str) -> Iterator[Frontend]:
    """Its browser has a passkey of an account; nobody is logged in."""
    MediaAccount.objects.create_confirmed(EMAIL, PASSWORD, **FACTS)
    with serving(services, PASSKEY_DOMAIN="localhost", CORS_ALLOWED_ORIGINS=address) as api:
        frontend = Frontend(browser_page, address, api.replace("127.0.0.1", "localhost"))
        assert frontend.log_in()["status"] == 200
        added = frontend.add_passkey()
        assert added["status"] == 200, added
        frontend.log_out()
        yield frontend


def test_passkey_alone_logs_its_owner_in_once(frontend: Frontend) -> None:
    signed = frontend.signed("auth/webauthn/login")
    answer = frontend.ask("POST", "auth/webauthn/login", {"credential": signed})
    assert answer["status"] == 200, answer
    assert frontend.who()["email"] == EMAIL
    frontend.log_out()

    replayed = frontend.ask("POST", "auth/webauthn/login", {"credential": signed})
    assert (replayed["status"], replayed["body"]["errors"][0]["code"]) == (400, "incorrect_code")
    frontend.signed("auth/webauthn/login")  # another question, to which this was not the answer
    assert frontend.ask("POST", "auth/webauthn/login", {"credential": signed})["status"] == 400
    assert frontend.who() is None


def test_passkey_is_the_second_factor_of_who_logs_in_with_a_password(frontend: Frontend) -> None:
    waiting = frontend.log_in()
    assert waiting["status"] == 401
    assert [flow["id"] for flow in waiting["body"]["data"]["flows"] if flow.get("is_pending")] == ["mfa_authenticate"]
    assert frontend.who() is None
    signed = frontend.signed("auth/webauthn/authenticate")
    assert frontend.ask("POST", "auth/webauthn/authenticate", {"credential": signed})["status"] == 200
    assert frontend.who()["email"] == EMAIL
    # The same key shows once more who it is, before a change.
    again = frontend.signed("auth/webauthn/reauthenticate")
    assert frontend.ask("POST", "auth/webauthn/reauthenticate", {"credential": again})["status"] == 200
    frontend.log_out()

    assert frontend.log_in()["status"] == 401
    assert frontend.ask("POST", "auth/webauthn/authenticate", {"credential": signed})["status"] == 400
    assert frontend.who() is None


def test_what_a_key_signed_for_another_page_opens_nothing(frontend: Frontend) -> None:
    """As if the key were fooled: on the phisher's page it has the same passkey, and signs our question."""
    challenge = frontend.ask("GET", "auth/webauthn/login")["body"]["data"]["request_options"]["publicKey"]
    passkey = frontend.passkey()
    phisher = frontend.address.replace("localhost", "phisher.localhost")
    frontend.page.goto(phisher)
    frontend.put_in(passkey | {"rpId": "phisher.localhost"})
    signed = frontend.page.evaluate("options => get(options)", challenge | {"rpId": "phisher.localhost"})
    assert json.loads(websafe_decode(signed["response"]["clientDataJSON"]))["origin"] == phisher

    frontend.page.goto(frontend.address)
    refused = frontend.ask("POST", "auth/webauthn/login", {"credential": signed})
    assert (refused["status"], refused["body"]["errors"][0]["code"]) == (400, "incorrect_code")
    assert frontend.who() is None
    frontend.put_in(passkey)
    signed = frontend.signed("auth/webauthn/login")
    assert frontend.ask("POST", "auth/webauthn/login", {"credential": signed})["status"] == 200
