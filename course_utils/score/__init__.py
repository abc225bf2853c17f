"""The box "score": how good a student is and how sure we are; every defence against every attacker; a class's tournament.

Lesson 01 opens `measures`, lessons 09 and 12 the arena.
"""
