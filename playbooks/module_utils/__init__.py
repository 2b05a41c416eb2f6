"""Code shared by the modules of `library/`."""
