"""The patients' pages: who looked at my record, my requests, who acts for me."""
