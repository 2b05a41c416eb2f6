"""Kolibri channels: what devices show offline. Kolibri itself runs in an environment of its own."""
