"""Countries and partners as data."""
