"""What the roles of `configure` do on the device: compare, then change only what differs."""
