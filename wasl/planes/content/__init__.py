"""The content plane: a country's learning resources, from its feeds to devices and the partner."""
