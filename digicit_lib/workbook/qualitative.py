class Qualitative:
    phase = "q"
