"""The box "detection": which accounts are harvesting?

Lesson 08 opens it.
"""
