"""The devices plane: what runs on a device, and what the laptop does with it."""
