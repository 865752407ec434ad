class Exploratory:
    phase = "e"
