"""May we call it, and call it safely: the address check and the one HTTP client."""
