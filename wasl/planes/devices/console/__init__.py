"""The technician's console: what was found, which device is meant, how far it is; a local page."""
