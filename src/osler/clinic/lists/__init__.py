"""What the lists of a chart share: reading and writing one item, codes, dates as exact as they are known, mistakes."""
