"""Panels beside the globe."""
