"""How each type is made, changed and removed: small functions over boto3, a module a service."""
