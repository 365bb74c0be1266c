"""The browser's face of the service: status, feeds, local inbox and rules, and the way out of a subscription.

``site.make_web`` puts it together; ``guard`` says who may see what. Pages need no script and load nothing
from elsewhere; the one cookie is that of a login.
"""
