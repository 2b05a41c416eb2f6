"""SCIM 2.0 (RFC 7643, 7644): identity systems as targets; schools and classes are Groups."""
