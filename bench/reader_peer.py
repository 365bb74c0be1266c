"""The same feeds fetched, parsed and stored by lemon24/reader, run by a Python that has it.

    PYTHON bench/reader_peer.py WORKERS < addresses

Prints one line of JSON: its version, and the seconds of a cold and of a warm update. It is nobody's
dependency, so this file imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import reader


def main() -> None:
    addresses = sys.stdin.read().split()
    with tempfile.TemporaryDirectory() as folder, reader.make_reader(str(Path(folder, "r.db"))) as peer:
        for each in addresses:
            peer.add_feed(each)
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            peer.update_feeds(scheduled=False, workers=int(sys.argv[1]))
            seconds.append(time.perf_counter() - started)
        stored = peer.get_entry_counts().total
    print(json.dumps({"version": reader.__version__, "seconds": seconds, "entries": stored}))


if __name__ == "__main__":
    main()
