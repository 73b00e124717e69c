"""Where the nodes are and what they do: orbits, sunlight, links, power, heat and compute. All vectorised over nodes."""
