"""What Twilio reports: the published signatures, opt-outs in every spelling, states, and forms that nobody should send."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.channels import twilio_webhook
from engine.channels.incoming import Call, Kind

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOKEN = "12345"
URL = "https://acme.example/webhooks/twilio?key=42.1.0-abc"
SID = "SM0123456789abcdef0123456789abcdef"
FORM = "application/x-www-form-urlencoded"
JSON = b'{"a": 1}'
ANA, US = "+15557654321", "+15551230000"
VECTOR = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
)


def signed(fields, *, url=URL, token=TOKEN, **headers):
    """A call as Twilio makes it, with a signature of its own making."""
    pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    made = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    head = {"content-type": FORM, "x-twilio-signature": made} | headers
    return Call(url, head, urlencode(pairs).encode(), NOW)


def inbound(body, **more):
    return {"MessageSid": SID, "SmsSid": SID, "From": ANA, "To": US, "Body": body, "NumMedia": "0"} | more


def status(state, code=None, **more):
    said = {"MessageSid": SID, "MessageStatus": state, "SmsStatus": state, "To": ANA, "From": US}
    return said | ({"ErrorCode": code} if code else {}) | more


def test_the_published_signature_is_ours():
    call = Call(
        VECTOR,
        {"content-type": FORM, "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        urlencode(FIELDS).encode(),
        NOW,
    )

    assert twilio_webhook.signature(TOKEN, VECTOR, FIELDS) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert twilio_webhook.read(call, TOKEN) == ()
    assert twilio_webhook.read(call, "12346") is None


@pytest.mark.parametrize(
    ("called", "in_signature"),
    [
        ("https://acme.example/x?a=1", "https://acme.example:443/x?a=1"),
        ("https://acme.example:443/x?a=1", "https://acme.example/x?a=1"),
        ("http://acme.example/x", "http://acme.example:80/x"),
        ("https://acme.example:8443/x", "https://acme.example/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
    ],
)
def test_the_port_may_be_signed_or_not(called, in_signature):
    call = signed(inbound("hi"), url=in_signature)

    assert twilio_webhook.read(Call(called, call.headers, call.body, NOW), TOKEN)


@pytest.mark.parametrize(
    "changed",
    [
        {"url": URL.replace("42", "43")},
        {"url": "http://acme.example/webhooks/twilio?key=42.1.0-abc"},
        {"url": ""},
        {"url": "https://[acme"},
        {"url": "https://acme.example:99999/"},
        {"body": urlencode(inbound("STOP", From="+15550000000")).encode()},
        {"body": urlencode(inbound("STOP") | {"New": ""}).encode()},
        {"body": b""},
        {"body": b"\xff"},
        {"body": b"Body=%ff"},
        {"headers": {"content-type": FORM}},
        {"headers": {"content-type": FORM, "x-twilio-signature": ""}},
        {"headers": {"content-type": FORM, "x-twilio-signature": "é"}},
        {"headers": {"content-type": "application/json", "x-twilio-signature": None}},
        {"headers": {"content-type": FORM, "x-twilio-signature": None, "x-twilio-webhooks-signature-settings": ""}},
    ],
)  # fmt: skip
def test_what_twilio_did_not_sign_is_not_read(changed):
    call = signed(inbound("STOP"))
    headers = dict(changed.get("headers", call.headers))
    if "x-twilio-signature" in headers and headers["x-twilio-signature"] is None:
        headers["x-twilio-signature"] = call.headers["x-twilio-signature"]

    assert twilio_webhook.read(call, TOKEN)
    forged = Call(changed.get("url", call.url), headers, changed.get("body", call.body), NOW)
    assert twilio_webhook.read(forged, TOKEN) is None


def test_without_a_token_nothing_is_twilios():
    assert twilio_webhook.read(signed(inbound("STOP"), token=""), "") is None


def test_a_signature_over_the_address_alone_does_not_carry_another_body():
    bare = signed({}, **{"content-type": "application/json"})

    assert twilio_webhook.read(Call(bare.url, bare.headers, b'{"Body": "STOP"}', NOW), TOKEN) is None


@pytest.mark.parametrize(("body", "expected"), [(JSON, ()), (b'{"a": 2}', None)])
def test_a_json_body_is_bound_by_its_hash(body, expected):
    url = f"{URL}&bodySHA256={hashlib.sha256(JSON).hexdigest()}"
    call = signed({}, url=url, **{"content-type": "application/json"})

    assert twilio_webhook.read(Call(url, call.headers, body, NOW), TOKEN) == expected


def test_a_form_without_end_is_not_read():
    assert twilio_webhook.read(signed([*inbound("hi").items(), *[("a", "1")] * 5000]), TOKEN) is None


def test_a_name_that_comes_twice_is_signed_with_each_value_once():
    call = signed([*inbound("hi").items(), ("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b")])

    assert twilio_webhook.read(call, TOKEN)


@pytest.mark.parametrize(
    ("body", "type_", "expected"),
    [
        ("STOP", "", Kind.OPT_OUT),
        ("stop", "", Kind.OPT_OUT),
        (" Stop!\r\n", "", Kind.OPT_OUT),
        ("ＳＴＯＰ", "", Kind.OPT_OUT),
        ("stop\u200b", "", Kind.OPT_OUT),
        ("STOPALL", "", Kind.OPT_OUT),
        ("Unsubscribe.", "", Kind.OPT_OUT),
        ("cancel", "", Kind.OPT_OUT),
        ("END", "", Kind.OPT_OUT),
        ("quit", "", Kind.OPT_OUT),
        ("revoke", "", Kind.OPT_OUT),
        ("optout", "", Kind.OPT_OUT),
        ("Opt out", "", Kind.OPT_OUT),
        ("opt-out", "", Kind.OPT_OUT),
        ("nichts mehr", "STOP", Kind.OPT_OUT),
        ("STOP", "START", Kind.OPT_OUT),
        ("START", "", Kind.OPT_IN),
        ("unstop", "", Kind.OPT_IN),
        ("YES", "START", Kind.OPT_IN),
        ("YES", "", Kind.MESSAGE),
        ("HELP", "", Kind.HELP),
        ("info", "", Kind.HELP),
        ("?", "HELP", Kind.HELP),
        ("help me choose", "", Kind.MESSAGE),
        ("Please stop texting me", "", Kind.MESSAGE),
        ("Stop by at 5", "", Kind.MESSAGE),
        ("the end", "", Kind.MESSAGE),
        ("", "", Kind.MESSAGE),
        ("hi", "NEW", Kind.MESSAGE),
    ],
)
def test_what_a_person_texts_is_told_apart(body, type_, expected):
    (found,) = twilio_webhook.read(signed(inbound(body, **({"OptOutType": type_} if type_ else {}))), TOKEN)

    assert (found.kind, found.channel, found.address) == (expected, "sms", ANA)
    assert (found.provider_id, found.dedupe_key, found.at) == (SID, f"twilio:{SID}", NOW)


@pytest.mark.parametrize(
    ("state", "code", "expected"),
    [
        ("accepted", None, Kind.TAKEN),
        ("scheduled", None, Kind.TAKEN),
        ("queued", None, Kind.TAKEN),
        ("sending", None, Kind.TAKEN),
        ("sent", None, Kind.TAKEN),
        ("delivered", None, Kind.DELIVERED),
        ("read", None, Kind.DELIVERED),
        ("undelivered", "30003", Kind.SOFT_BOUNCED),
        ("undelivered", "30004", Kind.SOFT_BOUNCED),
        ("undelivered", "30005", Kind.HARD_BOUNCED),
        ("undelivered", "30006", Kind.HARD_BOUNCED),
        ("undelivered", "30007", Kind.SOFT_BOUNCED),
        ("failed", "21211", Kind.HARD_BOUNCED),
        ("failed", "21610", Kind.OPT_OUT),
        ("failed", "30034", Kind.SOFT_BOUNCED),
        ("failed", "39999", Kind.SOFT_BOUNCED),
        ("failed", "x" * 5000, Kind.SOFT_BOUNCED),
        ("failed", None, Kind.SOFT_BOUNCED),
        ("canceled", None, Kind.SOFT_BOUNCED),
    ],
)
def test_a_report_says_what_became_of_a_text(state, code, expected):
    (found,) = twilio_webhook.read(signed(status(state, code)), TOKEN)

    assert (found.kind, found.address, found.key) == (expected, ANA, "42.1.0-abc")
    assert (found.provider_id, found.dedupe_key) == (SID, f"twilio:{SID}:{state}")
    assert bool(found.note) == (state in ("undelivered", "failed", "canceled"))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        status("receiving"),
        status("partially_delivered"),
        status("new-state"),
        status("sent", MessageSid="CA0123456789abcdef0123456789abcdef"),
        status("sent", MessageSid=SID + "\n"),
        status("sent", To=""),
        status("sent", To="fax:+15557654321"),
        inbound("hi", From="ACME"),
        inbound("hi", From="+1555\n7654321"),
        inbound("hi", MessageSid="", SmsSid=""),
    ],
)
def test_what_is_signed_and_not_understood_is_nothing(fields):
    assert twilio_webhook.read(signed(fields or {"x": "y"}), TOKEN) == ()


def test_a_whatsapp_text_is_on_its_own_channel():
    (found,) = twilio_webhook.read(signed(inbound("STOP", From=f"whatsapp:{ANA}")), TOKEN)

    assert (found.channel, found.address, found.kind) == ("whatsapp", ANA, Kind.OPT_OUT)


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 257, "\n"])
def test_a_key_that_we_never_gave_is_none(key):
    url = f"https://acme.example/webhooks/twilio?{urlencode({'key': key})}"
    (found,) = twilio_webhook.read(signed(status("sent"), url=url), TOKEN)

    assert found.key == ""


@given(st.text(max_size=300))
@example("\0\x1b[2J\u202e\ud7ff")
@example("a" * 30_000)
def test_a_hostile_text_stays_text(body):
    (found,) = twilio_webhook.read(signed(inbound(body.encode("utf-8", "ignore").decode())), TOKEN)

    assert "\0" not in found.text
    assert "\x1b" not in found.text
    assert len(found.text) <= twilio_webhook.TEXT_MAX


@given(
    st.binary(max_size=300),
    st.text(max_size=60),
    st.dictionaries(
        st.sampled_from(["content-type", "x-twilio-signature", "x-twilio-webhooks-signature-settings"]),
        st.one_of(st.text(max_size=40), st.just(FORM), st.just("RSOYDt4T1cUTdK1PDd93/VVr8B8=")),
    ),
)
@example(b"&".join(b"a=1" for _ in range(5000)), URL, {"content-type": FORM, "x-twilio-signature": "x"})
def test_no_call_that_is_not_signed_is_ever_read(body, url, headers):
    for address in (url, "https://" + url, URL):
        assert twilio_webhook.read(Call(address, headers, body, NOW), TOKEN) is None


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=20))
def test_no_signed_form_raises(pairs):
    clean = [(n.encode("utf-8", "ignore").decode(), v.encode("utf-8", "ignore").decode()) for n, v in pairs]
    found = twilio_webhook.read(signed([("MessageSid", SID), *clean]), TOKEN)

    assert found is not None
    assert len(found) <= 1
