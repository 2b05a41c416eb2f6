"""The policy pack: what no tenancy may break, whatever its program says.

Policies are pure functions over a resource and a country's facts; `pack` hands them to the engine,
`finding` turns what they say into the house's results.
"""
