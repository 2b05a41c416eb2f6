"""The cloud plane: a country's tenancy as a Pulumi program, and what it needs to run and be read."""
