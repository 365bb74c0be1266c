"""The service for programs: everything under ``/api/v1``, as JSON, with a token in the header.

``site.make_api`` puts it together; ``door`` says who is let in. The names on the wire are those of the models
here and of nothing else: a field that is renamed inside keeps its name outside.
"""
