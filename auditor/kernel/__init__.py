"""The compiled floor: walks capture records and headers, keeps the flow table, reads names, opens QUIC Initials.

Imports numpy and numba and nothing else. `dtypes` is its interface.
"""
