"""What a notebook shows: the exercise check, figures, widgets, and the doctor.

Every lesson opens it.
"""
