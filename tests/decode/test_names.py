from __future__ import annotations

import pytest
from made_captures import evenly
from made_packets import http_request, tcp_frame
from made_readings import hosts, read

from auditor.decode.names import spell_host


@pytest.mark.parametrize(
    ("raw", "host"),
    [(b"a.example.", "a.example"), (b"a.example..", "a.example"), (b"...", ""), (b"A.b", "a.b")],
)
def test_no_dot_at_the_end_here_nor_in_the_kernel(raw: bytes, host: str) -> None:
    assert spell_host(raw) == host
    seen, _ = read(evenly([tcp_frame(http_request(raw.decode()), server_port=80)]))
    assert hosts(seen, "http") == ([host] if host else [])
