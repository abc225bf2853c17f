"""Part IV: what is said of the event, with sources and status, and what the law asks.

Lesson 13 opens it.
"""
