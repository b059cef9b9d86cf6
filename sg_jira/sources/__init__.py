"""Where changes come from besides webhooks: the bridge looks itself what has changed on the sites.

It hands what it finds to the engine as events, and decides nothing about them.
"""
