"""The partner's content interface: resources, their audiences and their cartridges."""
