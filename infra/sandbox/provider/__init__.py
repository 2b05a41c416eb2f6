"""The stand-in for Pulumi's `aws` provider plugin, for the types that a tenancy uses."""
