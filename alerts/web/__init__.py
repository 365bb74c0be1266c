"""The browser's face of the service: the status page, the local inbox, and the way out of a subscription.

``site.make_web`` puts it together. Pages need no script, set no cookie and load nothing from elsewhere.
"""
