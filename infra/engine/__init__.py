"""The Pulumi engine of the locked version: how it is found, got, and taught to run Python."""
