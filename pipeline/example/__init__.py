"""An invented region to try everything on: people, payments, files in their habits, answers."""
