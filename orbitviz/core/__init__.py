"""Nouns and rules of measure: what every other room speaks in. Imports nothing of ours."""
