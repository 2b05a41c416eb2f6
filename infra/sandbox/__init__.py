"""An AWS on one machine: moto on loopback, and a provider plugin that stands in for the real one."""
