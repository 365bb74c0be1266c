"""Remembering it: one schema for SQLite and PostgreSQL, and the questions we ask it, by noun.

Functions take a connection inside a transaction (see ``unit``) and return frozen values, never rows.
"""
