"""What a chart shows of a patient, read from the record with few searches, whatever the history."""
