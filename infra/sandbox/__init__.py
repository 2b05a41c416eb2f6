"""An AWS on one machine: moto on loopback, and a stand-in for the real provider plugin."""
