"""The box "defence": what a provider may change in what is served, from rounding to watermarks and privacy.

Lessons 09 to 11 open it.
"""
