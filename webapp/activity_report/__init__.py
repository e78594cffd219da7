"""The Activity Report: any two ways of looking at activity, as a table, a picture and a file."""
