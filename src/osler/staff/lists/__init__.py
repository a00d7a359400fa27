"""What the pages of lists share: terms as one types, forms that look them up, items, mistakes."""
