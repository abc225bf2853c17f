"""The box "student": small networks, the losses that they learn from, and the training of many of them at once.

Lesson 01 opens it.
"""
