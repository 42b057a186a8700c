"""The parts of a plan, each with its reason. Pure: a blueprint and its files go in, frozen values come out."""
