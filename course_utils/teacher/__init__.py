"""The box "teacher": a classifier of digits, a small language model, and what the latter can do.

Lessons 01 and 03 open it.
"""
