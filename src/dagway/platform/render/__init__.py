"""Files that run a platform where nobody types `dagway up`: an image, a compose file, values for Helm, units of systemd.

Each is a pure function of a `Deployment`; no secret is in any of them.
"""
