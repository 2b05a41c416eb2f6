"""What flows between ministries, ALECSO and partners: identity and content."""
