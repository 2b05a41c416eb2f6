"""What AWS is to wasl, as data: how each resource type is identified, listed, read and compared.

Nothing here writes. `infra.sandbox` has the writing half; the live drift check uses this one.
"""
