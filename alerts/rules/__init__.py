"""Deciding what matters: the rule language, its meaning, and many rules at once. Pure but for files."""
