"""``./run bench``: the main path, from feeds to mails. ``./run bench poll``: polling over HTTP.
``./run bench digest``: the weekly run of many readers in every language."""

from __future__ import annotations

import sys

from bench import digest, main_path, poll

if sys.argv[1:2] == ["poll"]:
    sys.exit(poll.main(sys.argv[2:]))
if sys.argv[1:2] == ["digest"]:
    sys.exit(digest.main(sys.argv[2:]))
sys.exit(main_path.main())
