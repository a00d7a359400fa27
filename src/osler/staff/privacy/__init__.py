"""The privacy desk's pages: what is due, each matter with its steps, the register of disclosures."""
