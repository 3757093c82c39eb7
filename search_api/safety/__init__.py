"""Decides before any retrieval whether a text speaks of an emergency, a crisis, or a question for a clinician."""
