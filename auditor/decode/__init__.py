"""What the bytes say: names, leases and flow slices out of frames.

`decoder` runs the compiled kernel and takes over what spans packets, needs AES or is rare.
"""
