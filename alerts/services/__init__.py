"""The story. Read ``poll``, ``digest`` and ``deliver`` first: after these three you know the system.

Use cases introduce the stages to one another. They take what they need (engine, fetch, transport,
clock, randomness) as arguments; ``alerts.app`` wires them.
"""
