"""OneRoster: CSV 1.1 and 1.2, and REST 1.1 as the partner offers it."""
