"""Where bytes come from: captures, streamed in blocks of whole frames.

Readers: `pcap` (classic) and `pcapng`, recognised by their first bytes; gzip is unpacked on the way.
"""
