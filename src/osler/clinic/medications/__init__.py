"""The medication list: what a patient takes, as recorded; prescribing is another matter."""
