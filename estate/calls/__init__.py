"""Derives which calls prove the exchange: scenarios, put into the numbers and secrets of what is declared."""
