"""What the bytes say: names, leases and flow slices out of frames.

`decoder` runs the compiled kernel, `rare` takes over what it leaves: split requests, odd QUIC, DNS over TCP, DHCP.
"""
