"""The devices plane: records and trust on the laptop, playbooks run, drift gathered."""
