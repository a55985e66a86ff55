"""What a question says: process, particles, energy, parameters, events, spectra, units."""
