"""The cloud plane: the Pulumi program, its components and policies, and the sandbox it runs in."""
