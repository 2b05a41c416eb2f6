"""Sign-in metadata: providers' checked, ours made. No cryptography of our own."""
