"""The live drift check: what a stack's state says of AWS, against what AWS lists, type by type.

No engine, no program, no secrets: it needs the state and eyes that cannot write.
"""
