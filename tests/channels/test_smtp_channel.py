"""The channel `email` against a real SMTP server on loopback."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ipaddress
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engine import errors
from engine.channels import email as email_channel
from engine.channels import smtp_pool

LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.fixture
async def channel(mailhost):
    channel = email_channel.Email(f"smtp://127.0.0.1:{mailhost.port}", timeout=5, connections=2)
    yield channel
    await channel.close()


async def test_a_mail_arrives_as_it_was_approved_and_its_receipt_is_the_message_id(
    channel, mailhost, envelope
):
    receipt = await channel.send(envelope(body=".dots\n..at the start\n\nof lines", to_name="Zoë"))

    assert receipt.provider_id == "<42@acme.example>"
    assert mailhost.envelopes == [("sales@acme.example", ["ana@lead.example"])]
    parsed = email.message_from_bytes(mailhost.received[0], policy=email.policy.default)
    text = parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith(".dots\n..at the start\n\nof lines\n\nAcme, 1 Main Street")
    assert parsed["To"] == "Zoë <ana@lead.example>"


async def test_mails_share_as_many_connections_as_allowed_and_no_more(channel, mailhost, envelope):
    await asyncio.gather(*(channel.send(envelope(message_id=f"<{n}@acme.example>")) for n in range(20)))

    assert len(mailhost.received) == 20
    assert mailhost.connections == 2


async def test_a_connection_is_retired_after_its_share_of_mails(channel, mailhost, envelope, monkeypatch):
    monkeypatch.setattr(smtp_pool, "_MAILS_PER_CONNECTION", 3)
    for _ in range(7):
        await channel.send(envelope())

    assert mailhost.connections == 3


async def test_a_connection_idle_for_too_long_is_not_trusted(channel, mailhost, envelope, monkeypatch):
    await channel.send(envelope())
    monkeypatch.setattr(smtp_pool, "_IDLE_SECONDS", 0.0)
    await channel.send(envelope())

    assert mailhost.connections == 2


async def test_closing_says_goodbye_on_every_connection(channel, mailhost, envelope):
    await asyncio.gather(channel.send(envelope()), channel.send(envelope()))
    await channel.close()

    assert mailhost.commands.count("QUIT") == mailhost.connections


async def test_one_refused_recipient_leaves_the_others_and_the_connection_alone(channel, mailhost, envelope):
    mailhost.rcpt = lambda server, address: (
        "550 5.1.1 <gone@lead.example>: no such user" if "gone" in address else ""
    )
    await channel.send(envelope())
    with pytest.raises(errors.Undeliverable) as refused:
        await channel.send(envelope(to="gone@lead.example"))
    await channel.send(envelope())

    assert refused.value.dead_address
    assert refused.value.reason == "The address does not exist (550 5.1.1)."
    assert len(mailhost.received) == 2
    assert mailhost.connections == 1
    assert mailhost.commands == ["MAIL", "MAIL", "RSET", "MAIL"]


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("rcpt", "450 4.2.1 greylisted, come back later", errors.Transient),
        ("rcpt", "421 4.7.0 too many connections", errors.Transient),
        ("rcpt", "550 5.7.1 refused by policy", errors.Misconfigured),
        ("mail", "550 5.1.1 user unknown", errors.Misconfigured),
        ("mail", "451 4.3.0 try again", errors.Transient),
        ("mail", "299 odd but friendly", None),
        ("data", "554 5.6.0 looks like spam", errors.Undeliverable),
        ("data", "451 4.3.0 disk trouble", errors.Transient),
        ("data", "421 4.3.2 going down", errors.Transient),
        ("data", "354 what?", errors.Unknown),
        ("data", "no number at all", errors.Unknown),
        ("rcpt", "no number at all", errors.Transient),
        ("rcpt", "354 what?", errors.Transient),
    ],
)
async def test_a_reply_at_each_stage_becomes_what_it_stands_for(
    channel, mailhost, envelope, stage, reply, expected
):
    setattr(mailhost, stage, reply)
    if expected is None:
        await channel.send(envelope())
        return
    with pytest.raises(errors.ChannelError) as caught:
        await channel.send(envelope())

    assert type(caught.value) is expected
    assert "ana@" not in caught.value.reason


async def test_a_server_that_leaves_before_the_content_has_surely_not_sent(channel, mailhost, envelope):
    mailhost.rcpt = mailhost.drop
    with pytest.raises(errors.Transient):
        await channel.send(envelope())

    assert mailhost.received == []


async def test_a_server_that_leaves_after_the_content_may_have_sent_and_is_not_asked_again(
    channel, mailhost, envelope
):
    await channel.send(envelope())
    mailhost.data = mailhost.drop
    with pytest.raises(errors.Unknown):
        await channel.send(envelope())

    assert mailhost.commands.count("MAIL") == 2


async def test_silence_after_the_content_is_unknown_and_silence_before_it_is_not_sent(mailhost, envelope):
    channel = email_channel.Email(f"smtp://127.0.0.1:{mailhost.port}?tls=off", timeout=0.3)
    mailhost.data = lambda server, address: asyncio.sleep(2, "250 too late")
    with pytest.raises(errors.Unknown):
        await channel.send(envelope())
    mailhost.rcpt, mailhost.data = mailhost.data, None
    with pytest.raises(errors.Transient):
        await channel.send(envelope())
    mailhost.rcpt = None
    await channel.send(envelope())
    await channel.close()

    assert mailhost.connections == 3


@pytest.mark.parametrize("leaving", ["", "421 4.4.2 idle for too long"])
async def test_a_kept_connection_that_went_stale_is_replaced_once(channel, mailhost, envelope, leaving):
    await channel.send(envelope())

    def leave_once(server, address):
        mailhost.mail = None
        return leaving or mailhost.drop(server, address)

    mailhost.mail = leave_once
    await channel.send(envelope())

    assert len(mailhost.received) == 2
    assert mailhost.connections == 2


async def test_a_fresh_connection_that_breaks_is_left_to_the_retry_later(channel, mailhost, envelope):
    mailhost.mail = mailhost.drop
    with pytest.raises(errors.Transient):
        await channel.send(envelope())

    assert mailhost.commands == ["MAIL"]


async def test_a_cancelled_send_does_not_poison_the_next_one(channel, mailhost, envelope):
    mailhost.rcpt = lambda server, address: asyncio.sleep(1, "550 5.1.1 meant for another")
    sending = asyncio.create_task(channel.send(envelope()))
    await asyncio.sleep(0.1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    mailhost.rcpt = None
    await channel.send(envelope())

    assert len(mailhost.received) == 1


async def test_nobody_listening_is_transient(envelope):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        channel = email_channel.Email(f"smtp://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(errors.Transient):
            await channel.send(envelope())


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        (b"554 5.7.1 not from your network\r\n", errors.Misconfigured),
        (b"550 5.1.1 no such user\r\n", errors.Misconfigured),
        (b"421 4.3.2 come back later\r\n", errors.Transient),
        (b"", errors.Transient),
    ],
)
async def test_a_server_that_does_not_let_us_in_says_nothing_about_the_address(envelope, greeting, expected):
    async def turn_away(reader, writer):
        writer.write(greeting)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(turn_away, "127.0.0.1", 0) as doorman:
        channel = email_channel.Email(f"smtp://127.0.0.1:{doorman.sockets[0].getsockname()[1]}")
        with pytest.raises(errors.ChannelError) as caught:
            await channel.send(envelope())

    assert type(caught.value) is expected


async def test_a_password_the_server_cannot_take_is_a_setting_and_is_not_repeated(mailhost, envelope):
    channel = email_channel.Email(f"smtp://user:s%C3%A9cret@127.0.0.1:{mailhost.port}")
    with pytest.raises(errors.Misconfigured) as caught:
        await channel.send(envelope())

    assert "cret" not in caught.value.reason


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
async def test_user_and_password_reach_the_server_decoded(mailhost, envelope):
    seen = []

    def authenticate(server, session, envelope, mechanism, login):
        seen.append((login.login, login.password))
        return AuthResult(success=True)

    mailhost.options = {"authenticator": authenticate, "auth_require_tls": False, "auth_required": True}
    channel = email_channel.Email(f"smtp://us%40er:s%C3%A9%2Fcret@127.0.0.1:{mailhost.port}")
    await channel.send(envelope())
    await channel.close()

    assert seen == [(b"us@er", "sé/cret".encode())]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
async def test_a_refused_login_is_a_setting(mailhost, envelope):
    mailhost.options = {
        "authenticator": lambda *_: AuthResult(success=False, handled=False),
        "auth_require_tls": False,
        "auth_required": True,
    }
    channel = email_channel.Email(f"smtp://user:secret@127.0.0.1:{mailhost.port}")
    with pytest.raises(errors.Misconfigured) as caught:
        await channel.send(envelope())

    assert "secret" not in caught.value.reason
    assert "535" in caught.value.reason


async def test_a_certificate_nobody_vouches_for_is_not_accepted(mailhost, envelope, tmp_path):
    mailhost.options = {"tls_context": _self_signed(tmp_path / "pair.pem")}
    channel = email_channel.Email(f"smtp://127.0.0.1:{mailhost.port}")
    with pytest.raises(errors.Misconfigured):
        await channel.send(envelope())

    assert mailhost.received == []


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:{}", "smtp+starttls://127.0.0.1:{}"])
async def test_a_certificate_that_is_trusted_protects_the_mail(
    mailhost, envelope, tmp_path, monkeypatch, url
):
    mailhost.options = {"tls_context": _self_signed(tmp_path / "pair.pem"), "require_starttls": True}
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pair.pem"))
    channel = email_channel.Email(url.format(mailhost.port))
    await channel.send(envelope())
    await channel.close()

    assert len(mailhost.received) == 1


async def test_tls_that_must_be_there_and_is_not_is_a_setting(mailhost, envelope):
    channel = email_channel.Email(f"smtp+starttls://127.0.0.1:{mailhost.port}")
    with pytest.raises(errors.Misconfigured):
        await channel.send(envelope())


async def test_an_envelope_that_cannot_be_a_mail_opens_no_connection(channel, mailhost, envelope):
    with pytest.raises(errors.Undeliverable):
        await channel.send(envelope(subject="Hi\r\nBcc: everybody@lead.example"))

    assert mailhost.connections == 0


def _self_signed(path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
