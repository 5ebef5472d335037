"""Where bytes come from: captures, streamed in blocks of whole frames.

Readers: `pcap` (classic) and `pcapng`, recognised by their first bytes; gzip, zstd and lz4 are unpacked on the way.
"""
