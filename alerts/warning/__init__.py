"""Noticing change: stories, surges, trends. Pure: values in, values out; whoever calls keeps the state."""
