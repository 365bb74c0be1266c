"""Getting the news: fetch a feed, parse it, tell new from seen, and decide when to ask again."""
