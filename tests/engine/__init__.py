"""The engine: found, got, and running Python programs through the project's language host."""
