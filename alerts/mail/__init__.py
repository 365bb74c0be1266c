"""SENDING IT: a message becomes bytes, the bytes reach one mailbox, and the reader can always leave.

Read ``envelope`` first (message to wire format), then ``transport`` (wire format to a server) and ``returns``
(what comes back).
``address``, ``header``, ``links`` and ``verdict`` are the pure rules they follow.
"""
