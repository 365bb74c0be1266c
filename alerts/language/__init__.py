"""How text is cut before it is compared: folding, tokens, language, passages. Pure."""
