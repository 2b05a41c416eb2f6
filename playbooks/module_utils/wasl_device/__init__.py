"""What runs on a device: record, intake, wipe, image, packs.

Ansible ships this package with each module, and pyproject installs the very same code for `wasl`
on a laptop. It rests on the standard library, zstandard and cryptography alone, and imports
itself relatively.
"""
