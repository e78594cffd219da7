"""What other programs send of what happened: judged row by row, and in the store before they are answered."""
