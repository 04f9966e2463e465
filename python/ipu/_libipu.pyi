# SPDX-License-Identifier: MIT
# What the compiler has checked against libipu's headers already.
from typing import Any

ffi: Any
lib: Any
