"""The live check, held to what really happens behind Pulumi's back."""
