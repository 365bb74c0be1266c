"""For those who get mail: signed links instead of a login, in their own language."""
