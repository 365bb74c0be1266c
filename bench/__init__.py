"""Benchmarks: what the service does in a second, beside a named peer, on invented news."""
