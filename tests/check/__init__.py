"""One check over the four planes."""
