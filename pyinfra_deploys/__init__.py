"""Changes and observes what the estate holds, through pyinfra."""
