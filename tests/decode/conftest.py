"""Lets the tests here import the helpers beside them, whatever pytest's way of importing tests."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# a busy machine is no failure; what must be fast is measured in tests of its own
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
