"""EVERYTHING IN ONE TERMINAL: a broker, a mail catcher, sample feeds, and what keeps them running."""
