"""``./run bench``: the main path, from feeds to mails."""

from __future__ import annotations

import sys

from bench.main_path import main

sys.exit(main())
