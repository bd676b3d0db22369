"""The channel `email` against servers that are not aiosmtpd: old, half-deaf, hasty, or telling more than one thing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from engine import errors
from engine.channels.email import Email

Say = Callable[[str], Awaitable[None]]


class Server:
    """Speaks line by line. `replies` by verb; LOGIN is learnt word by word alone, as its draft has it."""

    def __init__(self) -> None:
        self.replies: dict[str, str] = {}
        self.overlooks_name = self.leaves_after_mail = False
        self.mails: list[bytes] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.open = self.turned_away = 0
        self.room = 99
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(words: str) -> None:
            for octet in words.replace("\n", "\r\n").encode() + b"\r\n":  # each in a packet of its own
                writer.write(bytes([octet]))
                await writer.drain()
                await asyncio.sleep(0)

        self.open += 1
        try:
            if self.open > self.room:
                self.turned_away += 1
                await say("421 4.7.0 too many connections")
                return
            await say("220 ready")
            while line := await reader.readline():
                verb, *rest = line.decode().split()
                if verb == "AUTH" and "AUTH" not in self.replies:
                    await self._login(rest, reader, say)
                    continue
                await say(self.replies.get(verb, "354 go on" if verb == "DATA" else "250 fine"))
                if verb == "DATA":
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    await say("250-2.0.0 queued\n250 as 1A2B")
                    if self.leaves_after_mail:
                        break
                if verb == "QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _login(self, words: list[str], reader: asyncio.StreamReader, say: Say) -> None:
        if len(words) > 1 and not self.overlooks_name:
            await say("504 5.5.4 no name here")
            return
        await say("334 VXNlcm5hbWU6")
        name = await reader.readline()
        await say("334 UGFzc3dvcmQ6")
        password = await reader.readline()
        self.logins.append((base64.b64decode(name), base64.b64decode(password)))
        await say("235 welcome" if self.logins[-1] == (b"us@er", b"secret") else "535 5.7.8 no")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    async with await asyncio.start_server(found.serve, "127.0.0.1", 0) as listening:
        found.port = listening.sockets[0].getsockname()[1]
        yield found
        await asyncio.sleep(0.05)
        assert found.open == 0, "a connection was left behind"


@pytest.mark.parametrize("query", ["", "?tls=off"])
async def test_a_server_that_knows_helo_alone_gets_its_mail(server, envelope, query):
    server.replies["EHLO"] = "502 5.5.1 not implemented"
    channel = Email(f"smtp://127.0.0.1:{server.port}{query}")
    await channel.send(envelope())
    await channel.close()

    assert len(server.mails) == 1


@pytest.mark.parametrize("overlooks", [False, True])
@pytest.mark.parametrize("query", ["", "?tls=off"])
async def test_login_is_said_word_by_word_where_a_server_wants_it_so(server, envelope, overlooks, query):
    server.replies["EHLO"], server.overlooks_name = "250-host\n250 AUTH LOGIN", overlooks
    channel = Email(f"smtp://us%40er:secret@127.0.0.1:{server.port}{query}")
    await channel.send(envelope())
    await channel.close()

    assert server.logins[-1] == (b"us@er", b"secret")
    assert len(server.mails) == 1


async def test_a_wrong_password_said_word_by_word_is_a_setting(server, envelope):
    server.replies["EHLO"] = "250-host\n250 AUTH LOGIN"
    channel = Email(f"smtp://us%40er:other@127.0.0.1:{server.port}")
    with pytest.raises(errors.Misconfigured, match="535"):
        await channel.send(envelope())

    assert len(server.logins) == 1


@pytest.mark.parametrize("verb", ["EHLO", "AUTH"])
async def test_a_door_that_stays_shut_keeps_no_connection(server, envelope, verb):
    server.replies = {"EHLO": "250-host\n250 AUTH PLAIN", "HELO": "550 go away", verb: "554 go away"}
    channel = Email(f"smtp://us%40er:secret@127.0.0.1:{server.port}?tls=off")
    for _ in range(3):
        with pytest.raises(errors.Misconfigured):
            await channel.send(envelope())


async def test_a_server_that_hangs_up_after_each_mail_gets_every_mail_once(server, envelope):
    server.leaves_after_mail = True
    channel = Email(f"smtp://127.0.0.1:{server.port}", connections=1)
    for number in range(3):
        await channel.send(envelope(message_id=f"<{number}@acme.example>"))
    await channel.close()

    assert len(server.mails) == 3


@pytest.mark.parametrize("code", [550, 551, 553])
async def test_a_sender_the_server_does_not_take_stops_the_channel_and_spends_no_mail(server, envelope, code):
    """Nobody is named yet: without an enhanced code this used to fail one mail of a campaign after the other."""
    server.replies["MAIL"] = f"{code} sender rejected"
    channel = Email(f"smtp://127.0.0.1:{server.port}")
    with pytest.raises(errors.Misconfigured, match="MAIL_FROM"):
        await channel.send(envelope())
    await channel.close()


async def test_a_server_with_room_for_two_gets_every_mail_over_two(server, envelope):
    """Turned away, a mail used to spend one of its tries; a third of a batch spent them all."""
    server.room = 2
    channel = Email(f"smtp://127.0.0.1:{server.port}", connections=8)
    for _ in range(2):
        await asyncio.gather(*(channel.send(envelope(message_id=f"<{n}@acme.example>")) for n in range(12)))
    await channel.close()

    assert len(server.mails) == 24
    assert server.turned_away <= 6


async def test_a_server_that_lets_nobody_in_is_not_asked_again_and_again(server, envelope):
    server.room = 0
    channel = Email(f"smtp://127.0.0.1:{server.port}", connections=4)
    sent = await asyncio.gather(*(channel.send(envelope()) for _ in range(4)), return_exceptions=True)
    assert {type(one) for one in sent} == {errors.Transient}
    assert server.turned_away == 4
    server.room = 99
    await asyncio.gather(*(channel.send(envelope()) for _ in range(4)))
    await channel.close()

    assert len(server.mails) == 4
