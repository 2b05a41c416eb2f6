"""The identity section of a manifest: whose accounts flow, and where to."""

from __future__ import annotations

from wasl.manifest.base import Model


class Identity(Model):
    """Holds no keys yet: write `identity: {}` or leave it out."""
