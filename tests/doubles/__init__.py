"""In-memory stand-ins for both sites, as small as those a studio writes for its own tests.

They are not the sandbox: no HTTP, no event log, and nothing beyond the calls that the bridge is
allowed to make on a client.
"""
