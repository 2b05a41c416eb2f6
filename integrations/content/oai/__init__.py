"""OAI-PMH 2.0, as a harvester speaks it."""
