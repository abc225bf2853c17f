"""The small shared package of *Dark Knowledge*: one module for each box of the course's picture.

    teacher ──► defence ──► API ──► ledger ──► harvest ──► clean ──► student ──► score
    models      (later lessons bring the boxes between)              training    score
                                                                     losses
Beside the boxes: data (bundled files), exercises, plots, widgets.
"""
