"""Signatures made by the companies' own libraries (twilio 9.13.0, plivo 4.63.0; for Telnyx, whose
library only checks, PyNaCl 1.6) are taken, and nothing else is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ofrenda.call.phone.signatures import (
    CallRequest,
    signed_by_plivo,
    signed_by_telnyx,
    signed_by_twilio,
)

TWILIO = {
    "AccountSid": "AC00",
    "CallSid": "CA1234567890ABCDE",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "From": "+12125550123",
    "To": "+18005551212",
    "CallerName": "Zoë & Ida",
}
PLIVO = {
    "CallUUID": "c0ffee00-0000-4000-8000-000000000001",
    "From": "12125550123",
    "To": "18005551212",
    "Direction": "inbound",
    "Event": "StartApp",
    "CallStatus": "ringing",
    "CallerName": "Zoe & Ida",
}
NONCE = "05429567804466091622"
PLIVO_TOKEN = "token-of-the-account"
AT = datetime.fromtimestamp(1795770000, UTC)
TELNYX_BODY = b"CallSid=v3%3Aabc&From=%2B12125550123&To=%2B18005551212"
TELNYX_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
TELNYX_SIGNATURE = (
    "CaKKRNId3U6Leh0Ls+GW/7MGELNRPXI8+v0uO15xB6cNWagNkbmqLYSql7zwgxCCk9UcQI9c7hzzr00oqP9AAw=="
)


def twilio(
    fields: dict[str, str] = TWILIO,
    signature: str = "NbvWAbQAHbisBxvfikXxOcrdaso=",
    url: str = "https://phone.example.org/phone/twilio",
    **headers: str,
) -> CallRequest:
    given = {"x-twilio-signature": signature, **headers}
    return CallRequest(url, given, urlencode(fields).encode())


def telnyx(body: bytes = TELNYX_BODY, signature: str = TELNYX_SIGNATURE) -> CallRequest:
    headers = {"telnyx-timestamp": "1795770000", "telnyx-signature-ed25519": signature}
    return CallRequest("https://phone.example.org/phone/telnyx", headers, body)


def plivo(
    fields: dict[str, str] = PLIVO,
    signature: str = "Un2vNLygv8rMiH9sxGDGThY0T48KqpKpCBGVBPJX1x0=",
    nonce: str = NONCE,
) -> CallRequest:
    headers = {"x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": nonce}
    url = "https://phone.example.org/phone/plivo"
    return CallRequest(url, headers, urlencode(fields).encode())


def test_twilios_signature_is_taken() -> None:
    assert signed_by_twilio(twilio(), "12345")


def test_the_example_in_twilios_documents_is_taken() -> None:
    fields = {
        "To": "+18005551212",
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signed_by_twilio(twilio(fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", url), "12345")


@pytest.mark.parametrize(
    ("request_", "token"),
    [
        (twilio(), "12346"),
        (twilio(TWILIO | {"From": "+12125550124"}), "12345"),
        (twilio(TWILIO | {"More": ""}), "12345"),
        (twilio(url="https://phone.example.org/phone/twilio/"), "12345"),
        (twilio(url="http://phone.example.org/phone/twilio"), "12345"),
        (twilio(signature=""), "12345"),
        (twilio(signature="Ünsinn"), "12345"),
        (twilio(**{"x-twilio-webhooks-signature-settings": "algorithm=HMAC_SHA256"}), "12345"),
    ],
)
def test_what_twilio_did_not_sign_like_that_is_refused(request_: CallRequest, token: str) -> None:
    assert not signed_by_twilio(request_, token)


def test_a_field_that_comes_twice_is_refused() -> None:
    body = twilio().body + b"&From=%2B12125550124"
    assert CallRequest("", {}, body).fields() is None
    assert not signed_by_twilio(CallRequest(twilio().url, twilio().headers, body), "12345")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a&b", b"a=1&" * 200])
def test_a_body_that_is_no_form_has_no_fields(body: bytes) -> None:
    assert CallRequest("", {}, body).fields() is None


def test_telnyxs_signature_is_taken_for_five_minutes() -> None:
    assert signed_by_telnyx(telnyx(), TELNYX_KEY, AT)
    assert signed_by_telnyx(telnyx(), TELNYX_KEY, AT + timedelta(seconds=299))
    assert not signed_by_telnyx(telnyx(), TELNYX_KEY, AT + timedelta(seconds=301))
    assert not signed_by_telnyx(telnyx(), TELNYX_KEY, AT - timedelta(seconds=301))


def test_what_telnyx_did_not_sign_is_refused() -> None:
    other = Ed25519PrivateKey.generate()
    forged = base64.b64encode(other.sign(b"1795770000|" + TELNYX_BODY)).decode()
    for request in (
        telnyx(body=TELNYX_BODY + b"&x=y"),
        telnyx(signature=forged),
        telnyx(signature=""),
        telnyx(signature="!!!"),
        telnyx(signature="AAAA"),
        CallRequest("", {"telnyx-signature-ed25519": TELNYX_SIGNATURE}, TELNYX_BODY),
        CallRequest("", {**telnyx().headers, "telnyx-timestamp": "1" * 400}, TELNYX_BODY),
        CallRequest("", {**telnyx().headers, "telnyx-timestamp": "-5"}, TELNYX_BODY),
    ):
        assert not signed_by_telnyx(request, TELNYX_KEY, AT)
    for key in ("", "AAAA", "not base64"):
        assert not signed_by_telnyx(telnyx(), key, AT)


def test_plivos_signature_is_taken() -> None:
    assert signed_by_plivo(plivo(), PLIVO_TOKEN)
    assert signed_by_plivo(
        plivo(signature=f"AAAA,{plivo().headers['x-plivo-signature-v3']}"), PLIVO_TOKEN
    )
    accents = PLIVO | {"CallerName": "Zoë"}
    assert signed_by_plivo(
        plivo(accents, "0FVvRu6Mzta2fo80z6J18D0RPfyJbRUUMTWS9Zk1PwM="), PLIVO_TOKEN
    )


@pytest.mark.parametrize(
    ("request_", "token"),
    [
        (plivo(), "token-of-another"),
        (plivo(PLIVO | {"From": "12125550124"}), PLIVO_TOKEN),
        (plivo(nonce="05429567804466091623"), PLIVO_TOKEN),
        (plivo(nonce=""), PLIVO_TOKEN),
        (plivo(signature=""), PLIVO_TOKEN),
        (plivo(signature="," * 1000), PLIVO_TOKEN),
    ],
)
def test_what_plivo_did_not_sign_like_that_is_refused(request_: CallRequest, token: str) -> None:
    assert not signed_by_plivo(request_, token)
