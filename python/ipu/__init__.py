# SPDX-License-Identifier: MIT
"""Use an IPU card, or its simulator, from Python.

    import ipu

    with ipu.Device("sim") as dev:
        vadd = dev.load("vadd.elf")
        c = vadd(a=a, b=b, tiles=64)

NumPy's arrays go in and come out; without NumPy all works with memoryviews. A call that waits
lets other Python threads run. See Documentation/python.rst.
"""

from ._buffer import Buffer
from ._commands import Commands, Event
from ._context import Context, Health, Report, StreamInfo, Submission
from ._device import Card, Device, Info, Usage, cards
from ._elf import Elf, Region, Source, Tensor
from ._errors import Error, ExitError, Fault, Timeout, text_of
from ._libipu import lib
from ._print import Line
from ._profile import Profile, ProfileEvent, Totals
from ._program import Outputs, Program, Run

#: Version of libipu
__version__: str = text_of(lib.ipu_version())

__all__ = [
    "Buffer", "Card", "Commands", "Context", "Device", "Elf", "Error", "Event", "ExitError",
    "Fault", "Health", "Info", "Line", "Outputs", "Profile", "ProfileEvent", "Program", "Region",
    "Report", "Run", "Source", "StreamInfo", "Submission", "Tensor", "Timeout", "Totals", "Usage",
    "cards",
]

# Where they are defined is nobody's business: tracebacks say ipu.Fault.
for _name in __all__:
    globals()[_name].__module__ = __name__
