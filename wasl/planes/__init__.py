"""Where the core meets the four planes: one adapter module a plane, and nowhere else."""
