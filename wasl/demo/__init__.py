"""The main job on one machine, offline: four planes brought up, broken, checked, mended.

It runs the very commands that people would type, each shown before it runs, on a copy of the
checkout under `.wasl/demo`, so that nothing of the checkout changes.
"""
