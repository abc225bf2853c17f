"""The box "detection": which accounts are harvesting, and whose model is this?

Lesson 08 opens it; `ownership` belongs to lesson 11.
"""
