"""An auditor of network-traffic usage under a school district's social-media policy, clause IV.B."""

__version__ = "0.1.0"
