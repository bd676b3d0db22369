"""One model server for a module of tests; each test starts with it empty."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from model_server import Server
from starlette.applications import Starlette
from starlette.routing import Route


@pytest.fixture(scope="module")
def listening_server() -> Iterator[Server]:
    state = Server()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        app = Starlette(routes=[Route("/v1/chat/completions", state.chat, methods=["POST"])])
        running = uvicorn.Server(
            uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=lambda: running.run([listening]))
        thread.start()
        while not running.started:
            time.sleep(0.01)
        state.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        yield state
        running.should_exit = True
        thread.join()


@pytest.fixture
def server(listening_server: Server) -> Server:
    listening_server.asked.clear()
    listening_server.answers.clear()
    return listening_server
