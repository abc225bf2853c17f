"""The small shared package of *Dark Knowledge*: one folder for each box of the course's picture.

    teacher ──► defence ──► API ──► ledger ──► harvest ──► clean ──► student ──► score
                            api/               attack/                  │
                                       └──► detection         files, lesson: what a notebook opens and shows
"""
import gc

# Python's collector walks all that torch has made, again and again, while the next library loads: a fifth of an import cell
gc.set_threshold(50_000)
