"""Generators of logs, each written apart: what lesson 08's detector is judged on. The first is course_utils/detection/traffic.py."""
