"""Runs from the terminal: in processes that fork from a warm image, or through a platform that is up.

`local.LocalLaunch` and `platform.PlatformLaunch` do the same: they say what happens, as values of `saying`, until the last
run has ended, and can be told to cancel.
"""
