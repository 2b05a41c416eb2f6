"""The planes: the only place where the core meets the engine, the runner and the integrations."""
