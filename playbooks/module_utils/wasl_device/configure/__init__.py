"""What the roles do on a device: one module a role, each safe to repeat and able to only look."""
