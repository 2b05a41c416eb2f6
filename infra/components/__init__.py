"""A tenancy's components: one concern each, typed arguments, outputs as attributes."""
