"""Learning resources: harvested, judged by a country's rules, mirrored and delivered.

One folder a protocol or format (oai, folder, metadata, kolibri, library, cartridge, partner), one
module a flow (harvest, decide, fetch, publish).
"""
