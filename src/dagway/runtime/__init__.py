"""Warm runs: run and step processes that fork from an image of the definitions instead of loading them again.

An image is a single-threaded process in which the definitions are loaded. It has no address: whoever may have processes
forked holds one end of a socket pair, so no other process or user can reach it.
"""
