<?xml version="1.0"?>
<CHANNEL HREF="https://news.example/cdf/" BASE="https://news.example/cdf/">
  <TITLE>Channel of the harbour</TITLE>
  <ITEM HREF="1.html" LASTMOD="2031-03-04T07:30+0000">
    <TITLE>Pilots on strike</TITLE>
    <ABSTRACT>Ships wait outside.</ABSTRACT>
  </ITEM>
</CHANNEL>
