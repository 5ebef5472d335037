"""The benchmark: made captures, this program and its peers on them, ratios. Run it with `python -m bench`."""
