"""The verbs of the command line, a module a group. `auditor/cli.py` lists them."""
