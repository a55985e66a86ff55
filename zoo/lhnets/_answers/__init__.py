"""What a call gives back: values with units, uncertainties and citations."""
