"""The offline library: static HTML that any browser opens from a disk and searches by itself."""
