"""``./run bench``: the main path, from feeds to mails. ``./run bench poll``: polling over HTTP."""

from __future__ import annotations

import sys

from bench import main_path, poll

if sys.argv[1:2] == ["poll"]:
    sys.exit(poll.main(sys.argv[2:]))
sys.exit(main_path.main())
