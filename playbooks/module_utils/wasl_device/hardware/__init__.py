"""What a computer consists of, read from its firmware, its disks and the kernel's files."""
