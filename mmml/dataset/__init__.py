"""Tables of samples: where captures come from, their labels, groups and splits."""
