"""The tables of accounts, as Django makes and changes them."""
