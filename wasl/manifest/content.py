"""The content section of a manifest: which learning resources flow, and where to."""

from __future__ import annotations

from wasl.manifest.base import Model


class Content(Model):
    """Holds no keys yet: write `content: {}` or leave it out."""
