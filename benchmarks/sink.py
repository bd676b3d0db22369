"""A mail server that takes everything and keeps nothing: as little work as SMTP allows, so that it is no bottleneck.

`python -m benchmarks.sink` prints its port and serves until its standard input is closed.
"""

from __future__ import annotations

import asyncio
import sys

_END = b"\r\n.\r\n"
_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Sink(asyncio.Protocol):
    """Commands are one line each and never pipelined: both clients measured here wait for every answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._content = False
        self._tail = b""
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        if self._content:
            self._tail = (self._tail + data)[-len(_END) :]
            if self._tail == _END:
                self._content, self._tail = False, b""
                self._transport.write(b"250 taken\r\n")
            return
        verb = data[:4].upper()
        self._content = verb == b"DATA"
        self._transport.write(_ANSWERS.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            self._transport.close()


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
