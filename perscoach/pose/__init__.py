"""The movement: engines that find the body, their settings, and what follows looking: gaps, fit, feet, smoothing."""
