"""The cloud plane: countries' tenancies, many side by side, through the Pulumi engine."""
