"""The mirror: files by their SHA-256, on disk and in the country's content bucket."""
