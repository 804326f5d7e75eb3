"""Where bundles are published, by name, version and alias."""
