"""Names for the arrays that the kernel's functions take."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Buffer = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Records = np.recarray[Any, Any]
Words = npt.NDArray[np.uint64]
Words32 = npt.NDArray[np.uint32]
Record = Any  # a row of Records
