"""wasl (وصل, "link"): a country described once, made real on four planes, and proved daily."""
