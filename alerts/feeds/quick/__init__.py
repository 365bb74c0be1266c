"""The quick way to read a feed: well-formed RSS, RDF or Atom in which nothing is out of the ordinary.

It says exactly what feedparser says of the same document, in a tenth of the time, or it says nothing: at
the first doubt what feedparser would make of something, the document is left to feedparser.
"""
