"""The examples, a module a service; see `tests/sandbox/example.py`."""
