"""The devices section of a manifest: how donated computers are made ready."""

from __future__ import annotations

from wasl.manifest.base import Model


class Devices(Model):
    """Holds no keys yet: write `devices: {}` or leave it out."""
