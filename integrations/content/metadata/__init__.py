"""Metadata as feeds write it, read into the one model: Dublin Core and IEEE LOM."""
