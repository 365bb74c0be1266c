"""``./run bench``: the main path, from feeds to mails. ``./run bench poll``: polling over HTTP.
``./run bench digest``: the weekly run of many readers in every language. ``./run bench pages``: the server's
time for each page, with much in the database."""

from __future__ import annotations

import sys

from bench import digest, main_path, pages, poll

if sys.argv[1:2] == ["poll"]:
    sys.exit(poll.main(sys.argv[2:]))
if sys.argv[1:2] == ["digest"]:
    sys.exit(digest.main(sys.argv[2:]))
if sys.argv[1:2] == ["pages"]:
    sys.exit(pages.main(sys.argv[2:]))
sys.exit(main_path.main())
