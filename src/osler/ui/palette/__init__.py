"""The palette: one box that finds patients, pages, actions and what is in the open chart. Ctrl or Cmd and K."""
