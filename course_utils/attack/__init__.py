"""The boxes "harvest" and "clean", and what else an attacker does with answers: equations, pictures to ask about, imitation.

Lessons 04 to 07 open it.
"""
