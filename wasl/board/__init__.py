"""The board: what the programme has put in place, country by country, and by which evidence.

What the planes tell (`facts`) is protected (`protect`), laid out (`view`) and written as one page
(`page`) or as lines for a terminal (`lines`). Nothing here reads a file but the page's own parts.
"""
