"""The browser's face of the service: status, feeds, local inbox and rules, and what readers do
themselves: sign up, confirm, choose and leave.

``site.make_web`` puts it together; ``guard`` says who may see what. Pages need no script and load nothing
from elsewhere; the one cookie is that of a login.
"""
