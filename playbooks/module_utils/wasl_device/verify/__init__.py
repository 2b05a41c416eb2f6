"""Each promise of a profile, tried on the installed system before a school gets it."""
