"""The cloud plane: a country's tenancy as a Pulumi program, and what runs and reads it."""
