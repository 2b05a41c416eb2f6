"""The identity plane: where manifests, keys and the journal meet rosters and partners."""
