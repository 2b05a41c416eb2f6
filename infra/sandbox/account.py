"""Who the sandbox is: facts that tell it from real AWS."""

SANDBOX_ACCOUNT = "000000000000"
"""The sandbox's management account: an account number that AWS never gives out."""

SANDBOX_KEY = "wasl-sandbox"
"""Its access key and secret key, both; worth nothing anywhere else."""
