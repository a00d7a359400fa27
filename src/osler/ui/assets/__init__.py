"""What the pages' scripts, styles, icons and font are made of, and how: `python -m osler.ui.assets`."""
