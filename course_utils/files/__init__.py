"""What is bundled: the digits, the models' weights, the logs, each checked before it is opened.

Lesson 00 opens it first: `doctor.check()` looks at every file.
"""
