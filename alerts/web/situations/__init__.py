"""The situations that are followed: all of them, and one with what speaks for its call."""
