"""Common Cartridge 1.3: a resource packed as learning platforms take it, and held to its rules."""
