"""The platform: code servers, webserver and daemon as one, from a laptop to a cluster.

`platform.yaml → PlatformConfig → Service → Supervised`: what is wanted, what is to run, what runs. See docs/decisions/platform.md.
"""
