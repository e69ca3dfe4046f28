"""Registration, login and reset: allauth's headless flows, and what they lack."""
