"""The small shared package of *Dark Knowledge*: one module for each box of the course's picture.

    teacher ──► defence ──► API ──► ledger ──► harvest ──► clean ──► student ──► score
    models      serving     api     ledger     harvest     clean     training    score
    language    defences            client     detection             losses      arena
    decoding    privacy             extraction traffic, prada        imitation
Beside the boxes: skills (what the language model can do), data and files (what is bundled), claims and law (what is said of the event,
and what the law asks), exercises, plots, widgets.
"""
