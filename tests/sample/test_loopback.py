"""A real server on loopback: the name that it was asked for is the name read from what the client sent."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_captures import evenly
from made_packets import tcp_frame
from made_readings import hosts, read

from auditor.shipped import shipped

LIMIT_S = 10


class Server:
    """Takes one TLS connection after the other; notes the name asked for and the bytes that the client sent."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.asked: list[str] = []
        self.received: list[bytes] = []
        self._context = context
        context.sni_callback = lambda _, name, __: self.asked.append(name)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(LIMIT_S)
        self.port = self._socket.getsockname()[1]

    def serve(self, count: int) -> None:
        for _ in range(count):
            connection, _ = self._socket.accept()
            connection.settimeout(LIMIT_S)
            inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = self._context.wrap_bio(inside, outside, server_side=True)
            received = b""
            while True:
                try:
                    session.do_handshake()
                except ssl.SSLWantReadError:
                    connection.sendall(outside.read())
                    piece = connection.recv(4096)
                    received += piece
                    inside.write(piece)
                else:
                    break
            connection.sendall(outside.read())
            self.received.append(received)
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    code = (
        "from wire.certificate import key_and_certificate as made; from pathlib import Path; "
        "from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat; "
        "key, certificate = made(); "
        "Path('key.pem').write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())); "
        "Path('certificate.pem').write_bytes(certificate.public_bytes(Encoding.PEM))"
    )
    path = {"PYTHONPATH": str(shipped("sample_pcaps")), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=path, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    try:
        made = Server(context)
    except OSError as error:
        pytest.skip(f"no server on loopback here: {error}")
    yield made
    made.close()


def test_the_server_and_the_reader_agree(server: Server) -> None:
    wanted = ["www.instagram.com", "vsco.co", "x" * 60 + ".example.org"]
    thread = threading.Thread(target=server.serve, args=(len(wanted),))
    thread.start()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name in wanted:
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_S) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            pass
    thread.join(LIMIT_S)
    assert server.asked == wanted
    frames = []
    for number, stream in enumerate(server.received):
        seq = 1
        frames += [  # in small segments
            tcp_frame(stream[at : at + 300], seq + at, client_port=40_000 + number)
            for at in range(0, len(stream), 300)
        ]
    seen, _ = read(evenly(frames))
    assert hosts(seen, "tls") == wanted
