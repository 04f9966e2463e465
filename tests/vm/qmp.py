# SPDX-License-Identifier: MIT
"""A connection to QEMU's monitor, for tests."""

import json
import socket
import sys
import time


class Monitor:
    """QEMU at a socket. EOFError: it has ended."""

    def __init__(self, path):
        deadline = time.monotonic() + 60
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    sys.exit(f"no QEMU at {path}")
                time.sleep(0.1)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """Execute a command and return its answer; events are skipped."""
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            if not line:
                raise EOFError("QEMU has ended")
            answer = json.loads(line)
            if "event" not in answer:
                return answer
