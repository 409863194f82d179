"""Runs the machine room of the lab on one computer: image, packages, fabric, hosts, access and secrets."""
