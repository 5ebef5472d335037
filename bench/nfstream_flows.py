"""Reads a capture with nfstream; run by the interpreter of the environment it is installed in."""

from __future__ import annotations

import sys

from nfstream import NFStreamer  # type: ignore[import-not-found]

if __name__ == "__main__":
    flows = named = 0
    for flow in NFStreamer(source=sys.argv[1], n_dissections=20, statistical_analysis=False, n_meters=1):
        flows += 1
        named += bool(flow.requested_server_name)
    print(flows, named)
