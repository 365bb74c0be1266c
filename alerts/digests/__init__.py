"""SAYING IT: when a digest is due (window), what it tells (build), and in which words (render)."""
