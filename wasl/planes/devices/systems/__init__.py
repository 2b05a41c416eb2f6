"""The two systems made of Debian packages: the one a school computer gets, and the stick's own.

`wanted` (which packages) → `resolve` (which versions) → `lock` (a file) → `cache` (their bytes) →
`tree` (installed) → `disk` (a raw disk image) → the image writer's signed file, or a stick.
"""
