"""What goes with a device on paper: a label with a QR code, a sheet in its country's languages."""
